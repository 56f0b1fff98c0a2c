-- one row per outcome of the judged events
select
    outcome,
    count(*) as count_events
from judged_events
group by outcome
