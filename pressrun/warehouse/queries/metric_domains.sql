-- one row per domain of one issue's recipients, largest first
select * exclude (issue_id)
from domain_stats
where issue_id = $issue_id
order by count_recipients desc, domain asc
limit 25
