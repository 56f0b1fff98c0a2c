-- one row per issue, hour and kind of event
delete from lake.engagement_hourly;
insert into lake.engagement_hourly by name
select
    issue_id,
    event,
    count(*) as count_events,
    count(*) filter (where not is_machine) as count_human,
    count(*) filter (where is_machine) as count_machine,
    date_trunc('hour', occurred_at) as hour_at
from classified_events
where event in ('open', 'click')
group by issue_id, event, hour_at
