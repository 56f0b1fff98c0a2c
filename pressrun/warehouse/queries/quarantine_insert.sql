-- adds one row per row that an import keeps apart
insert into quarantined_rows by name
select
    *,
    $import_id as import_id,
    $imported_at::timestamptz as quarantined_at
from incoming_quarantine
