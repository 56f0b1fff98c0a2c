-- one row per issue of the last days in which recipients show two different mails
with shown as (
    select
        e.issue_id,
        e.recipient_id,
        count(distinct e.sg_message_id) as count_mails
    from lake.raw_events as e
    inner join lake.issues as i on e.issue_id = i.issue_id
    where e.event = 'processed' and coalesce(i.finished_at, i.frozen_at) > $since
    group by e.issue_id, e.recipient_id
)

select
    issue_id,
    count(*) as count_recipients
from shown
where count_mails > 1
group by issue_id
order by issue_id
