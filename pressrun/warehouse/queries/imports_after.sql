-- one row per import that was stored after this one and still counts, the newest first
select import_id
from imports
where
    outcome = 'imported'
    -- DuckLake numbers rows as they are inserted and keeps the numbers; times are those at which imports began
    and rowid > $place
order by rowid desc
