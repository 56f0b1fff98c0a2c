-- one row per attempt of one issue that is in doubt
select
    batch_no,
    attempt_id,
    count_recipients,
    answer,
    wire_at
from submissions
where issue_id = $issue_id and state = 'in_doubt'
order by batch_no
