-- no rows: adds the consent actions that are not in the lake yet
insert into lake.consent_actions by name
select
    n.*,
    $load_id as load_id
from incoming_consent as n
left join lake.consent_actions as c on n.action_id = c.action_id
where c.action_id is null
qualify row_number() over (partition by n.action_id order by n.acted_at) = 1
