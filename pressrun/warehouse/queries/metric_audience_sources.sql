-- one row per source of subscribers and status
select
    source,
    status,
    count(*) as count_subscribers
from subscribers
group by source, status
order by count_subscribers desc
