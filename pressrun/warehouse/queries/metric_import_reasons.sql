-- one row per import that still counts and reason for which it kept rows apart
with told as (
    select
        import_id,
        imported_at,
        counts_by_reason as counts,
        unnest(json_keys(counts_by_reason)) as reason
    from imports
    where outcome = 'imported'
)

select
    import_id,
    reason,
    json_extract(counts, '$.' || reason)::bigint as count_rows,
    imported_at
from told
order by imported_at asc, import_id asc, count_rows desc, reason asc
