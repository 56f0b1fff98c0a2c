-- one row per domain of the subscribers, with how many they are
select
    domain,
    count(*) as count_subscribers
from raw_subscribers
group by domain
