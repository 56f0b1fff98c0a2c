-- one row per status that one import gave people, the most frequent first
with told as (
    select
        import_id,
        imported_at,
        counts_by_status as counts,
        unnest(json_keys(counts_by_status)) as status
    from imports
    where import_id = $import_id
)

select
    import_id,
    status,
    json_extract(counts, '$.' || status)::bigint as count_subscribers,
    imported_at
from told
order by imported_at asc, import_id asc, count_subscribers desc, status asc
