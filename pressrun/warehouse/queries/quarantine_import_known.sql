-- one row: whether there was such an import
select count(*) > 0 as is_known
from imports
where import_id = $import_id
