-- no rows: rows that the import itself kept apart wait for nobody any more
update quarantined_rows
set closed_as = 'undone', closed_by = $import_id, closed_at = $now::timestamptz
where import_id = $import_id and closed_as is null
