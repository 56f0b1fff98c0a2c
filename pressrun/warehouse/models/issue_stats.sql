-- one row per issue: its sums, and unique recipients by what they did
delete from lake.issue_stats;
insert into lake.issue_stats by name
with sums as (
    select
        issue_id,
        count(*) filter (where state = 'submitted') as count_submitted,
        count(*) filter (where state = 'refused') as count_refused,
        count(*) filter (where state = 'withdrawn') as count_withdrawn,
        count(*) filter (where state = 'in_doubt') as count_in_doubt,
        count(*) filter (where state = 'abandoned') as count_abandoned,
        count(*) filter (where state = 'pending') as count_pending
    from lake.recipients
    group by issue_id
),

left_by_link as (
    select
        r.issue_id,
        c.recipient_id
    from lake.consent_actions as c
    inner join lake.recipients as r on c.recipient_id = r.recipient_id
    where c.action = 'unsubscribe'
),

leavers as (
    select
        issue_id,
        count(distinct recipient_id) as count_unsubscribed
    from (
        select
            issue_id,
            recipient_id
        from classified_events
        where event = 'unsubscribe'
        union all
        select
            issue_id,
            recipient_id
        from left_by_link
    ) as left_anyhow
    group by issue_id
),

people as (
    select
        issue_id,
        recipient_id,
        bool_or(event = 'delivered') as is_delivered,
        bool_or(event = 'deferred') as is_deferred,
        bool_or(event = 'bounce') as is_bounced,
        bool_or(event = 'dropped') as is_dropped,
        bool_or(event = 'open') as is_opened,
        bool_or(event = 'open' and not is_machine) as is_opened_human,
        bool_or(event = 'click') as is_clicked,
        bool_or(event = 'click' and not is_machine) as is_clicked_human,
        bool_or(event = 'complaint') as is_complained
    from classified_events
    group by issue_id, recipient_id
),

done as (
    select
        issue_id,
        count(*) filter (where is_delivered) as count_delivered,
        count(*) filter (where is_deferred) as count_deferred,
        count(*) filter (where is_bounced) as count_bounced,
        count(*) filter (where is_dropped) as count_dropped,
        count(*) filter (where is_opened) as count_opened,
        count(*) filter (where is_opened_human) as count_opened_human,
        count(*) filter (where is_opened and not is_opened_human) as count_opened_machine,
        count(*) filter (where is_clicked) as count_clicked,
        count(*) filter (where is_clicked_human) as count_clicked_human,
        count(*) filter (where is_clicked and not is_clicked_human) as count_clicked_machine,
        count(*) filter (where is_complained) as count_complained
    from people
    group by issue_id
)

select
    i.issue_id,
    i.subject,
    i.status,
    i.count_candidates,
    i.count_candidates - i.count_recipients as count_excluded,
    i.count_recipients,
    coalesce(s.count_submitted, 0) as count_submitted,
    coalesce(s.count_refused, 0) as count_refused,
    coalesce(s.count_withdrawn, 0) as count_withdrawn,
    coalesce(s.count_in_doubt, 0) as count_in_doubt,
    coalesce(s.count_abandoned, 0) as count_abandoned,
    coalesce(s.count_pending, 0) as count_pending,
    coalesce(d.count_delivered, 0) as count_delivered,
    coalesce(d.count_deferred, 0) as count_deferred,
    coalesce(d.count_bounced, 0) as count_bounced,
    coalesce(d.count_dropped, 0) as count_dropped,
    coalesce(d.count_opened, 0) as count_opened,
    coalesce(d.count_opened_human, 0) as count_opened_human,
    coalesce(d.count_opened_machine, 0) as count_opened_machine,
    coalesce(d.count_clicked, 0) as count_clicked,
    coalesce(d.count_clicked_human, 0) as count_clicked_human,
    coalesce(d.count_clicked_machine, 0) as count_clicked_machine,
    coalesce(l.count_unsubscribed, 0) as count_unsubscribed,
    coalesce(d.count_complained, 0) as count_complained,
    i.frozen_at,
    i.started_at,
    i.finished_at
from lake.issues as i
left join sums as s on i.issue_id = s.issue_id
left join done as d on i.issue_id = d.issue_id
left join leavers as l on i.issue_id = l.issue_id
