-- one row per row that waits in quarantine: where it came from, its hash and its id
select
    file,
    row_hash,
    quarantine_id
from quarantined_rows
where closed_as is null
