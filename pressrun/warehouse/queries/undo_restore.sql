-- inserts one row per subscriber that an import replaced, as it was before
insert into raw_subscribers by name
select r.* exclude (replaced_by)
from replaced_subscribers as r
inner join undoing as u on r.subscriber_id = u.subscriber_id and u.fate = 'restored'
where r.replaced_by = $import_id
