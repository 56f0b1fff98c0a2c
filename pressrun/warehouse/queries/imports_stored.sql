-- one row per import that was stored, undone or not
select import_id
from imports
