-- adds one row per subscriber that an import is about to replace, as it is before
insert into replaced_subscribers by name
select
    s.*,
    $import_id as replaced_by
from raw_subscribers as s
where s.address_key in (select address_key from merged where change = 'updated')
