-- one row per issue, newest first
select *
from issue_stats
order by coalesce(started_at, frozen_at) desc
