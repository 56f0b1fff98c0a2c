-- no rows: adds the new events; one about an address alone is matched to the last issue mailed to it before
insert into lake.raw_events by name
with matches as (
    select
        n.event_key,
        arg_max(r.issue_id, i.started_at) as issue_id,
        arg_max(r.recipient_id, i.started_at) as recipient_id
    from judged_events as n
    inner join lake.recipients as r on n.address_key = r.address_key
    inner join lake.issues as i on r.issue_id = i.issue_id
    where n.recipient_id is null and i.started_at <= n.occurred_at + interval 1 minute
    group by n.event_key
)

select
    j.* exclude (outcome, issue_id, recipient_id),
    $load_id as load_id,
    coalesce(j.issue_id, m.issue_id) as issue_id,
    coalesce(j.recipient_id, m.recipient_id) as recipient_id
from judged_events as j
left join matches as m on j.event_key = m.event_key
where j.outcome = 'new'
