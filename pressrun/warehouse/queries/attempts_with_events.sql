-- one row per attempt among those asked about that shows at least one event
select distinct e.attempt_id
from lake.raw_events as e
inner join unsettled_attempts as u on e.attempt_id = u.attempt_id
