-- one row per address that one rule of hygiene set inactive, if no later mark has changed that: what was decided before
with marks as (
    select
        address_key,
        decision_id,
        decision,
        decided_by,
        reason,
        paused_until,
        decision = 'deactivate' and starts_with(reason, $mark) as is_of_rule
    from subscriber_decisions
    where decision in ('pause', 'deactivate', 'reactivate')
),

newest as (
    select *
    from marks
    qualify row_number() over (partition by address_key order by decision_id desc) = 1
),

before as (
    select *
    from marks
    where not is_of_rule
    qualify row_number() over (partition by address_key order by decision_id desc) = 1
)

select
    n.address_key,
    b.decision,
    b.decided_by,
    b.reason,
    b.paused_until
from newest as n
left join before as b on n.address_key = b.address_key
where n.is_of_rule
order by n.address_key
