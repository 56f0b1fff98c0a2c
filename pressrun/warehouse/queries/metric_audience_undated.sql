-- one row: how many had left before we heard of them, at a time nobody told
select count(*) as count_subscribers
from subscribers
where status not in ('unconfirmed', 'inactive') and ended_at = created_at
