-- one row per status of subscribers
select
    status,
    count(*) as count_subscribers
from subscribers
group by status
order by count_subscribers desc
