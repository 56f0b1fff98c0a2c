-- one row per candidate that a segment selected, in the order of their ids
select
    subscriber_id,
    email,
    address_key,
    domain,
    name,
    status,
    tags,
    attributes::varchar as attributes
from subscribers
where subscriber_id in (select subscriber_id from chosen)
order by subscriber_id
