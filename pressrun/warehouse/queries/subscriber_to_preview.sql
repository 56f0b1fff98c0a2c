-- one row: the subscriber with this address, or the first active one
select
    subscriber_id,
    email,
    name,
    tags,
    attributes::varchar as attributes
from subscribers
where case when $address_key is null then status = 'active' else address_key = $address_key end
order by subscriber_id
limit 1
