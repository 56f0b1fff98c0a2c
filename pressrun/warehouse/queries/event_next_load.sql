-- one row: the number of the next load
select coalesce(max(load_id), 0) + 1 as load_id
from event_loads
