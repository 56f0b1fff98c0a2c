-- inserts one row: the import with its sums
insert into imports by name
select
    $import_id as import_id,
    $files as files,
    $source as source,
    $read as count_read,
    $inserted as count_inserted,
    $updated as count_updated,
    $unchanged as count_unchanged,
    $duplicate as count_duplicate,
    $quarantined as count_quarantined,
    $still_suppressed as count_still_suppressed,
    $new_suppressions as count_new_suppressions,
    $accepted_because as accepted_because,
    $by_reason::json as counts_by_reason,
    $by_flag::json as counts_by_flag,
    $by_status::json as counts_by_status,
    $seconds as seconds,
    'imported' as outcome,
    $imported_at::timestamptz as imported_at
