-- one row per person of an import: what the lake would hold about them, and whether that is a change
with ranked (status, severity) as (
    values
    ('complained', 0),
    ('bounced', 1),
    ('blocked', 2),
    ('unsubscribed', 3),
    ('inactive', 5),
    ('unconfirmed', 6),
    ('active', 7)
),

met as (
    select
        i.*,
        s.subscriber_id,
        s.name as known_name,
        s.status as known_status,
        s.source as known_source,
        s.tags as known_tags,
        s.attributes::varchar as known_attributes,
        s.content_hash as known_hash,
        s.consented_at as known_consented_at,
        s.subscribed_at as known_subscribed_at,
        s.ended_at as known_ended_at,
        s.created_at as known_created_at,
        -- what has ended stays ended; between two endings the more restrictive counts
        coalesce(old.severity <= 3 and old.severity <= new.severity, false) as is_known_kept
    from incoming as i
    left join raw_subscribers as s on i.address_key = s.address_key
    left join ranked as old on s.status = old.status
    left join ranked as new on i.status = new.status
),

folded as (
    select
        address_key,
        email,
        domain,
        row_hash,
        known_hash,
        known_source,
        known_created_at,
        coalesce(subscriber_id, replace(uuid()::varchar, '-', '')) as subscriber_id,
        case when name = '' then coalesce(known_name, '') else name end as name,
        case when is_known_kept then known_status else status end as status,
        list_sort(list_distinct(list_concat(coalesce(known_tags, []), tags))) as tags,
        case
            when known_attributes is null or known_attributes = attributes then attributes
            else json_merge_patch(known_attributes, attributes)::varchar
        end as attributes,
        least(known_consented_at, consented_at) as consented_at,
        least(known_subscribed_at, subscribed_at) as subscribed_at,
        -- the moment of an import stands in for an unknown end, and must not count as news each time
        case
            when not is_known_kept then ended_at
            when known_status = status and is_end_known then least(known_ended_at, ended_at)
            else known_ended_at
        end as ended_at
    from met
),

hashed as (
    select
        *,
        sha256(
            to_json(
                [
                    email,
                    name,
                    status,
                    to_json(tags)::varchar,
                    attributes,
                    coalesce(consented_at::varchar, ''),
                    coalesce(subscribed_at::varchar, ''),
                    coalesce(ended_at::varchar, '')
                ]
            )::varchar
        ) as content_hash
    from folded
)

select
    *,
    case
        when known_hash is null then 'inserted'
        when known_hash = content_hash then 'unchanged'
        else 'updated'
    end as change
from hashed
