-- one row per subscriber with an address at Gmail, the oldest first
select
    address_key,
    email
from raw_subscribers
where domain in ('gmail.com', 'googlemail.com')
order by created_at, address_key
