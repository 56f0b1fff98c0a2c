-- one row per row that waits in quarantine, of one import (the first or the last that kept it apart) and one reason
select
    quarantine_id,
    source,
    file,
    line,
    reason,
    detail,
    address_key,
    row_hash,
    cells::varchar as cells,
    import_id,
    quarantined_at
from quarantined_rows
where
    closed_as is null
    and ($reason is null or reason = $reason)
    and ($import_id is null or import_id = $import_id or starts_with(quarantine_id, $import_id || ':'))
order by quarantined_at, import_id, file, line, quarantine_id
limit $most
