-- one row per landing file of a stream that was read, with the offset to go on from
select
    file,
    max(offset_to) as offset_to
from event_loads
where stream = $stream
group by file
