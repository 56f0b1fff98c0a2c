-- one row: how many rows wait in quarantine, of one import and one reason
select count(*) as count_rows
from quarantined_rows
where
    closed_as is null
    and ($reason is null or reason = $reason)
    and ($import_id is null or import_id = $import_id or starts_with(quarantine_id, $import_id || ':'))
