-- no rows: the import does not count any more
update imports
set outcome = 'undone', undone_at = $now::timestamptz
where import_id = $import_id
