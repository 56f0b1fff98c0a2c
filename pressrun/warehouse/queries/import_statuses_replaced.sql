-- one row per pair of statuses of which an import replaced the first with the second
select
    status_before,
    status_after,
    count(*) as count_people
from import_merges
where import_id = $import_id and status_before <> status_after
group by status_before, status_after
order by count_people desc, status_before asc, status_after asc
limit 12
