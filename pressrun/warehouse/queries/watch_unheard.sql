-- one row per issue of the last days, long enough ago, of whose submitted recipients nothing was ever heard
select
    r.issue_id,
    count(*) as count_recipients
from lake.recipients as r
inner join lake.issues as i on r.issue_id = i.issue_id
where
    r.state = 'submitted'
    and coalesce(i.finished_at, i.frozen_at) > $since
    and i.finished_at < $before
    and not exists (
        select 1 as heard
        from lake.raw_events as e
        where e.issue_id = r.issue_id and e.recipient_id = r.recipient_id
    )
group by r.issue_id
-- a few are silent in every issue; more than one in a hundred is a sign
having count(*) > 0.01 * max(i.count_recipients)
order by r.issue_id
