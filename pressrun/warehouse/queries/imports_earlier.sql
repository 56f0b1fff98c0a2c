-- one row per import before a moment that still counts: the twelve newest, the newest first
select
    import_id,
    source,
    files,
    count_inserted,
    count_updated,
    count_unchanged,
    count_duplicate,
    count_quarantined,
    imported_at
from imports
where outcome = 'imported' and import_id <> $import_id and imported_at <= $before::timestamptz
order by imported_at desc, import_id desc
limit 12
