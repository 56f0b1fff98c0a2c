-- one row per address and reason for which an event of a later load says that it must not be mailed
with judged as (
    select
        address_key,
        case
            when event = 'complaint' or reason = 'Spam Reporting Address' then 'complained'
            when event = 'unsubscribe' or reason = 'Unsubscribed Address' then 'unsubscribed'
            when event = 'bounce' and kind = 'hard' then 'bounced'
            when event = 'dropped' and reason in ('Bounced Address', 'Invalid') then 'bounced'
        end as reason,
        'event:' || event as source,
        occurred_at
    from raw_events
    where load_id > $after and address_key is not null
)

select
    address_key,
    reason,
    min_by(source, occurred_at) as source,
    min(occurred_at) as suppressed_at
from judged
where reason is not null
group by address_key, reason
