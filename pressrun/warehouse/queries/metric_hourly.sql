-- one row per hour and kind of event of one issue, split into people and machines
select
    hour_at,
    event,
    count_human,
    count_machine
from engagement_hourly
where issue_id = $issue_id
order by hour_at, event
