-- one row per incoming event with its outcome: new, duplicate, or an id used again for other content
create or replace temp table judged_events as
with numbered as (
    select
        incoming_events.*,
        row_number()
            over (partition by incoming_events.event_key order by incoming_events.sg_event_id nulls last)
            as copy_no
    from incoming_events
),

firsts as (
    select
        numbered.*,
        row_number() over (partition by numbered.sg_event_id order by numbered.event_key) as id_no
    from numbered
    where numbered.copy_no = 1
),

i as (
    select distinct r.sg_event_id
    from lake.raw_events as r
    inner join incoming_events as n on r.sg_event_id = n.sg_event_id
)

select
    f.* exclude (copy_no, id_no),
    case
        when k.event_key is not null then 'duplicate'
        when f.sg_event_id is not null and (i.sg_event_id is not null or f.id_no > 1) then 'id_used_again'
        else 'new'
    end as outcome
from firsts as f
left join lake.raw_events as k on f.event_key = k.event_key
left join i on f.sg_event_id = i.sg_event_id
