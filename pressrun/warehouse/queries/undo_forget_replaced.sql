-- no rows: what the import had replaced is in its place again
delete from replaced_subscribers
where replaced_by = $import_id
