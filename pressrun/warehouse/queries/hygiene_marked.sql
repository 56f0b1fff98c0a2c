-- one row per address that one rule of hygiene set inactive, if no later mark has changed that
with marks as (
    select
        address_key,
        decision,
        reason
    from subscriber_decisions
    where decision in ('pause', 'deactivate', 'reactivate')
    qualify row_number() over (partition by address_key order by decision_id desc) = 1
)

select address_key
from marks
where decision = 'deactivate' and starts_with(reason, $mark)
order by address_key
