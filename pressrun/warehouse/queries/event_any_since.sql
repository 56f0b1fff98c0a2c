-- one row: whether any event occurred after a time
select count(*) > 0 as has_events
from raw_events
where occurred_at > $since
