-- no rows: closes the chosen rows for good, and forgets what was in them, also in their earlier copies
update quarantined_rows
set
    closed_as = coalesce(closed_as, 'dropped'),
    closed_by = coalesce(closed_by, $who),
    closed_at = coalesce(closed_at, $now::timestamptz),
    detail = '',
    address_key = null,
    cells = '{}'
where quarantine_id in (select quarantine_id from chosen)
