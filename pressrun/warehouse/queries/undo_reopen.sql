-- no rows: rows that the import had taken from quarantine, or judged anew, wait there again
update quarantined_rows
set closed_as = null, closed_by = null, closed_at = null
-- what was dropped since is forgotten for good
where closed_by = $import_id and closed_as in ('taken', 'again') and cells::varchar <> '{}'
