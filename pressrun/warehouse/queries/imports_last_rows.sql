-- one row per import that still counts, the newest first: its files, as JSON
select files
from imports
where outcome = 'imported'
order by imported_at desc, import_id desc
limit 200
