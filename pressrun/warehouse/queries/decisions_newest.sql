-- one row: the number of the newest decision about a subscriber that is in the lake
select coalesce(max(decision_id), 0) as decision_id
from subscriber_decisions
