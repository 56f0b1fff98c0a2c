-- one row per unsubscribe of a later load
select
    recipient_id,
    'link:' || source as source,
    acted_at
from consent_actions
where load_id > $after and action = 'unsubscribe'
