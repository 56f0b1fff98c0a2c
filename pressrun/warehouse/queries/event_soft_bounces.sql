-- one row per address that soft bounces of a later load make unmailable, with the rule that says so
with suspects as (
    select distinct address_key
    from raw_events
    where load_id > $after and event = 'bounce' and kind = 'blocked' and address_key is not null
),

released as (
    select
        address_key,
        max(decided_at) as released_at
    from subscriber_decisions
    where decision = 'unsuppress'
    group by address_key
),

-- several events of one mail are one outcome; who read it has got it
mails as (
    select
        e.address_key,
        coalesce(e.issue_id || '/' || e.recipient_id, e.sg_message_id, e.event_key) as mail,
        min(e.occurred_at) as began_at,
        max(e.occurred_at) filter (where e.event = 'bounce' and e.kind = 'blocked') as bounced_at,
        bool_or(e.event in ('delivered', 'open', 'click')) as is_delivered
    from raw_events as e
    inner join suspects as s on e.address_key = s.address_key
    left join released as r on e.address_key = r.address_key
    -- what came before a person let them in again is forgiven
    where r.released_at is null or e.occurred_at > r.released_at
    group by all
),

ordered as (
    select
        address_key,
        mail,
        began_at,
        bounced_at,
        not is_delivered and bounced_at is not null as is_soft,
        row_number() over (partition by address_key order by began_at, mail) as mail_no,
        count(*) filter (where is_delivered) over (partition by address_key order by began_at, mail) as run_no,
        count(*) filter (where is_delivered) over (partition by address_key) as last_run_no
    from mails
),

-- a delivery forgives what was before it
present as (
    select
        *,
        count(*) filter (where is_soft) over (
            partition by address_key
            order by mail_no
            rows between 2 preceding and current row
        ) as count_in_a_row
    from ordered
    where run_no = last_run_no
),

soft as (
    select
        *,
        lag(bounced_at, 3) over (partition by address_key order by mail_no) as fourth_last_at
    from present
    where is_soft
),

judged as (
    select
        address_key,
        bounced_at,
        case
            when count_in_a_row = 3 then 'rule:three soft bounces in a row'
            when fourth_last_at >= bounced_at - interval 30 day then 'rule:four soft bounces in 30 days'
        end as source
    from soft
)

select
    address_key,
    min_by(source, bounced_at) as source,
    min(bounced_at) as suppressed_at
from judged
where source is not null
group by address_key
