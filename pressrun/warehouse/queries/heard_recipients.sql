-- one row: how many recipients of some attempts any event has arrived of
select count(distinct e.recipient_id) as count_recipients
from lake.raw_events as e
inner join asked_attempts as a on e.attempt_id = a.attempt_id
