-- one row per subscriber whose stored status has ended for good
select address_key
from raw_subscribers
where status in ('unsubscribed', 'bounced', 'complained', 'blocked')
