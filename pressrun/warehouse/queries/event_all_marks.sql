-- one row per landing file that was read, with the offset up to which it is in the lake
select
    stream,
    file,
    max(offset_to) as offset_to
from event_loads
group by stream, file
