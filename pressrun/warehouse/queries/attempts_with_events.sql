-- one row per attempt among those asked about that shows at least one event
select distinct e.attempt_id
from lake.raw_events as e
inner join asked_attempts as a on e.attempt_id = a.attempt_id
