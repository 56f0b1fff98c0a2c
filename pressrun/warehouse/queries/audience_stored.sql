-- one row: how many rows an import wrote, how many of its people are there, how many of these more than once
select
    count(*) filter (where s.import_id = $import_id) as count_written,
    count(distinct m.address_key) as count_present,
    count(*) - count(distinct m.address_key) as count_repeated
from merged as m
inner join raw_subscribers as s on m.address_key = s.address_key
