-- one row per recipient of one issue
select subscriber_id
from recipients
where issue_id = $issue_id
