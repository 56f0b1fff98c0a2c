-- one row per subscriber who pays, by the attribute of whichever service the table came from; change it to yours
select subscriber_id
from subscribers
where
    -- one's own tables, and beehiiv
    lower(attributes ->> 'tier') in ('paid', 'premium')
    -- Substack's older pair
    or lower(attributes ->> 'type') in ('paid', 'ios_app')
    -- Buttondown: who is late with money still reads
    or lower(attributes ->> 'subscriber_type') in ('premium', 'churning', 'past_due')
    -- Substack
    or lower(attributes ->> 'active_subscription') = 'true'
