-- The view analysts ask; suppressions outrank what an import says.

create view subscribers as
select
    s.subscriber_id,
    s.email,
    s.address_key,
    s.domain,
    s.name,
    coalesce(x.reason, s.status) as status,
    s.source,
    s.import_id,
    s.tags,
    s.attributes,
    s.consented_at,
    s.subscribed_at,
    coalesce(x.suppressed_at, s.ended_at) as ended_at,
    s.created_at,
    s.updated_at
from raw_subscribers as s
left join suppressions as x on s.address_key = x.address_key;
comment on view subscribers is
'one row per subscriber; status is active, unconfirmed, inactive, unsubscribed, bounced, complained or blocked';
