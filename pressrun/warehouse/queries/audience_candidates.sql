-- one row per candidate that a segment selected, in the order of their addresses
select
    subscriber_id,
    email,
    address_key,
    domain,
    name,
    status,
    tags,
    attributes::varchar as attributes,
    count(*) over () as count_candidates
from subscribers
where subscriber_id in (select subscriber_id from chosen)
order by address_key
