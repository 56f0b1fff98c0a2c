-- one row per subscriber that an import wrote: what undoing it does, unless a person has decided something since
create or replace temp table undoing as
select
    s.subscriber_id,
    case
        when s.content_hash = '' then 'kept'
        when r.subscriber_id is null then 'removed'
        else 'restored'
    end as fate
from raw_subscribers as s
left join replaced_subscribers as r on s.subscriber_id = r.subscriber_id and r.replaced_by = $import_id
where s.import_id = $import_id
