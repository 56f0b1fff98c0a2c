-- one row per import, newest first
select *
from imports
order by imported_at desc
