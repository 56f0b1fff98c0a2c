-- one row per subscriber who has not confirmed for as long as is asked
select
    address_key,
    'waiting since ' || coalesce(subscribed_at, created_at)::date::varchar as detail
from subscribers
where status = 'unconfirmed' and coalesce(subscribed_at, created_at) < $now::timestamptz - to_days($days)
order by address_key
