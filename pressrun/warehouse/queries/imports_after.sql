-- one row per import that came after this one and still counts, the newest first
select import_id
from imports
where
    outcome = 'imported'
    and (imported_at, import_id) > ($imported_at::timestamptz, $import_id)
order by imported_at desc, import_id desc
