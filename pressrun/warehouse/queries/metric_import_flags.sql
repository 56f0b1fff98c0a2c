-- one row per flag that one import gave addresses which it took, the most frequent first
with told as (
    select
        import_id,
        imported_at,
        counts_by_flag as counts,
        unnest(json_keys(counts_by_flag)) as flag
    from imports
    where import_id = $import_id
)

select
    import_id,
    flag,
    json_extract(counts, '$.' || flag)::bigint as count_subscribers,
    imported_at
from told
order by imported_at asc, import_id asc, count_subscribers desc, flag asc
