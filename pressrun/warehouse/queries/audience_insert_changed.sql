-- inserts one row per person who is new or has changed; the first source and the day of creation stay
insert into raw_subscribers by name
select
    subscriber_id,
    address_key,
    email,
    domain,
    name,
    status,
    $import_id as import_id,
    tags,
    attributes::json as attributes,
    content_hash,
    row_hash,
    consented_at,
    subscribed_at,
    ended_at,
    $imported_at::timestamptz as updated_at,
    coalesce(known_source, $source) as source,
    coalesce(known_created_at, $imported_at::timestamptz) as created_at
from merged
where change <> 'unchanged'
