-- one row: the issue whose audience was frozen last
select
    issue_id,
    segment,
    count_recipients,
    frozen_at
from issues
where frozen_at is not null
order by frozen_at desc, issue_id asc
limit 1
