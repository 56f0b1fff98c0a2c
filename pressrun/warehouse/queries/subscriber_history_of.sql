-- one row per change of status of the subscriber with an address, the oldest first
select
    status,
    since,
    until,
    source,
    reason
from subscriber_history
where address_key = $address_key
order by since
