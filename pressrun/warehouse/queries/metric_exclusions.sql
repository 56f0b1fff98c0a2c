-- one row per reason for which candidates of one issue were left out
select
    reason,
    count(*) as count_candidates
from exclusions
where issue_id = $issue_id
group by reason
order by count_candidates desc
