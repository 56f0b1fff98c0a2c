-- one row per day on which the audience changed
select *
from audience_daily
order by day
