-- one row per subscriber of whose mails two or more came back since the last that was delivered
with suspects as (
    select distinct address_key
    from raw_events
    where event = 'bounce' and kind = 'blocked' and address_key is not null
),

released as (
    select
        address_key,
        max(decided_at) as released_at
    from subscriber_decisions
    where decision = 'unsuppress'
    group by address_key
),

mails as (
    select
        e.address_key,
        coalesce(e.issue_id || '/' || e.recipient_id, e.sg_message_id, e.event_key) as mail,
        min(e.occurred_at) as began_at,
        bool_or(e.event = 'bounce' and e.kind = 'blocked') as is_soft,
        bool_or(e.event in ('delivered', 'open', 'click')) as is_delivered
    from raw_events as e
    inner join suspects as p on e.address_key = p.address_key
    left join released as r on e.address_key = r.address_key
    -- what came before a person let them in again is forgiven
    where r.released_at is null or e.occurred_at > r.released_at
    group by all
),

since as (
    select
        address_key,
        max(began_at) filter (where is_delivered) as delivered_at
    from mails
    group by address_key
),

returned as (
    select
        m.address_key,
        count(*) as count_returned
    from mails as m
    inner join since as d on m.address_key = d.address_key
    where m.is_soft and not m.is_delivered and (d.delivered_at is null or m.began_at > d.delivered_at)
    group by m.address_key
)

select
    r.address_key,
    r.count_returned || ' mails came back since the last delivery' as detail
from returned as r
inner join subscribers as s on r.address_key = s.address_key
where s.status = 'active' and r.count_returned >= 2
order by r.address_key
