-- one row per kind of change, with how many people of the import it applies to
select
    change,
    count(*) as count_people
from merged
group by change
