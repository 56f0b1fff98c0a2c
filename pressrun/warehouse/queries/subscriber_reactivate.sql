-- no rows: takes back that a subscriber had left, on a person's decision
update raw_subscribers
set status = 'active', ended_at = null, updated_at = $now, content_hash = ''
where address_key = $address_key and status in ('unsubscribed', 'bounced', 'complained', 'blocked')
