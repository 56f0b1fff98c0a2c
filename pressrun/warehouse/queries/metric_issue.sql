-- one row: one issue
select *
from issue_stats
where issue_id = $issue_id
