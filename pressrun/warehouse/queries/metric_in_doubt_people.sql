-- one row per recipient of one issue who may or may not have been mailed
select
    r.batch_no,
    coalesce(s.email, r.recipient_id) as recipient,
    r.domain
from recipients as r
left join subscribers as s on r.subscriber_id = s.subscriber_id
where r.issue_id = $issue_id and r.state = 'in_doubt'
order by r.batch_no, recipient
