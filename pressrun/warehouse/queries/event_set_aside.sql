-- no rows: keeps what was not counted, with its reason
insert into lake.set_aside_events by name
select
    $load_id as load_id,
    outcome,
    reason,
    $file as file,
    raw,
    line_offset,
    $now as set_aside_at
from incoming_aside
union all by name
select
    $load_id as load_id,
    'duplicate' as outcome,
    outcome as reason,
    $file as file,
    raw,
    -1 as line_offset,
    $now as set_aside_at
from judged_events
where outcome = 'id_used_again'
