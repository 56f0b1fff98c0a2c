-- one row per fate, with how many subscribers it is of
select
    fate,
    count(*) as count_subscribers
from undoing
group by fate
