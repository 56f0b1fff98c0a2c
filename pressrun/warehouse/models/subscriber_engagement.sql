-- one row per subscriber: issues received, opened and clicked by a person
delete from lake.subscriber_engagement;
insert into lake.subscriber_engagement by name
with received as (
    select
        r.subscriber_id,
        count(*) as count_received,
        max(i.started_at) as last_received_at
    from lake.recipients as r
    inner join lake.issues as i on r.issue_id = i.issue_id
    where r.state = 'submitted'
    group by r.subscriber_id
),

engaged as (
    select
        subscriber_id,
        count(distinct issue_id) filter (where event = 'open') as count_opened,
        count(distinct issue_id) filter (where event = 'open' and not is_machine) as count_opened_human,
        count(distinct issue_id) filter (where event = 'click' and not is_machine) as count_clicked_human,
        max(occurred_at) filter (where event = 'open' and not is_machine) as last_opened_at,
        max(occurred_at) filter (where event = 'click' and not is_machine) as last_clicked_at
    from classified_events
    where subscriber_id is not null
    group by subscriber_id
)

select
    s.subscriber_id,
    s.status,
    coalesce(r.count_received, 0) as count_received,
    coalesce(e.count_opened, 0) as count_opened,
    coalesce(e.count_opened_human, 0) as count_opened_human,
    coalesce(e.count_clicked_human, 0) as count_clicked_human,
    r.last_received_at,
    e.last_opened_at,
    e.last_clicked_at
from lake.subscribers as s
left join received as r on s.subscriber_id = r.subscriber_id
left join engaged as e on s.subscriber_id = e.subscriber_id
