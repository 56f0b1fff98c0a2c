-- one row per issue and domain of its recipients
delete from lake.domain_stats;
insert into lake.domain_stats by name
with people as (
    select
        issue_id,
        recipient_id,
        bool_or(event = 'delivered') as is_delivered,
        bool_or(event = 'bounce') as is_bounced,
        bool_or(event = 'open') as is_opened,
        bool_or(event = 'open' and not is_machine) as is_opened_human,
        bool_or(event = 'click') as is_clicked,
        bool_or(event = 'click' and not is_machine) as is_clicked_human
    from classified_events
    group by issue_id, recipient_id
)

select
    r.issue_id,
    r.domain,
    count(*) as count_recipients,
    count(*) filter (where r.state = 'submitted') as count_submitted,
    count(*) filter (where p.is_delivered) as count_delivered,
    count(*) filter (where p.is_bounced) as count_bounced,
    count(*) filter (where p.is_opened) as count_opened,
    count(*) filter (where p.is_opened_human) as count_opened_human,
    count(*) filter (where p.is_clicked) as count_clicked,
    count(*) filter (where p.is_clicked_human) as count_clicked_human
from lake.recipients as r
left join people as p on r.issue_id = p.issue_id and r.recipient_id = p.recipient_id
group by r.issue_id, r.domain
