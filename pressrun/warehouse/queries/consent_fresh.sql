-- one row: how many incoming consent actions are not in the lake yet
select count(distinct n.action_id) as count_fresh
from incoming_consent as n
left join consent_actions as c on n.action_id = c.action_id
where c.action_id is null
