-- What was decided about single subscribers, which pauses them, and the history of each.

create table subscriber_decisions (
    decision_id bigint not null,
    address_key varchar not null,
    decision varchar not null,
    decided_by varchar not null,
    reason varchar not null,
    paused_until timestamptz,
    decided_at timestamptz not null
);
comment on table subscriber_decisions is
'one row per decision about one address: suppress, unsuppress, pause, deactivate or reactivate; copied from the ledger';

create view subscriber_marks as
select
    address_key,
    decision,
    paused_until,
    decided_at
from subscriber_decisions
where decision in ('pause', 'deactivate', 'reactivate')
qualify row_number() over (partition by address_key order by decision_id desc) = 1;
comment on view subscriber_marks is 'one row per address that was ever marked, with the mark that counts: the last one';

create or replace view subscribers as
with marked as (
    select
        s.*,
        x.reason as suppressed_for,
        x.suppressed_at,
        case
            when m.decision = 'deactivate' and s.status in ('active', 'unconfirmed') then 'inactive'
            when m.decision = 'pause' and s.status = 'active' and m.paused_until > now() then 'paused'
        end as mark,
        m.paused_until
    from raw_subscribers as s
    left join suppressions as x on s.address_key = x.address_key
    left join subscriber_marks as m on s.address_key = m.address_key
)

select
    subscriber_id,
    email,
    address_key,
    domain,
    name,
    coalesce(suppressed_for, mark, status) as status,
    source,
    import_id,
    tags,
    attributes,
    consented_at,
    subscribed_at,
    coalesce(suppressed_at, ended_at) as ended_at,
    created_at,
    updated_at,
    case when suppressed_for is null and mark = 'paused' then paused_until end as paused_until
from marked;
comment on view subscribers is
'one row per subscriber; status is active, paused, unconfirmed, inactive, unsubscribed, bounced, complained or blocked';

create view subscriber_history as
with versions as (
    select
        subscriber_id,
        address_key,
        status,
        import_id,
        ended_at,
        updated_at
    from replaced_subscribers
    union all
    select
        subscriber_id,
        address_key,
        status,
        import_id,
        ended_at,
        updated_at
    from raw_subscribers
),

steps as (
    select
        *,
        lag(status) over (partition by subscriber_id, address_key order by updated_at) as status_before
    from versions
),

pauses as (
    select
        *,
        lead(decided_at) over (partition by address_key order by decision_id) as next_decided_at
    from subscriber_decisions
    where decision in ('pause', 'deactivate', 'reactivate')
),

told as (
    -- who came, at the earliest moment that anything tells
    select
        address_key,
        'subscribed' as status,
        least(coalesce(subscribed_at, created_at), consented_at, ended_at) as since,
        null::timestamptz as until,
        'table:' || source as source,
        '' as reason,
        0 as place
    from raw_subscribers
    union all
    select
        address_key,
        'confirmed' as status,
        consented_at as since,
        null as until,
        'table:' || source as source,
        '' as reason,
        1 as place
    from raw_subscribers
    where consented_at is not null
    union all
    -- what imports said
    select
        address_key,
        case when status = 'active' and status_before = 'unconfirmed' then 'confirmed' else status end as status,
        case
            when status in ('unsubscribed', 'bounced', 'complained', 'blocked') then coalesce(ended_at, updated_at)
            else updated_at
        end as since,
        null as until,
        'import:' || import_id as source,
        '' as reason,
        2 as place
    from steps
    where status is distinct from coalesce(status_before, 'active')
    union all
    -- what people did at the receiver
    select
        r.address_key,
        'unsubscribed' as status,
        a.acted_at as since,
        null as until,
        'link:' || a.source as source,
        '' as reason,
        3 as place
    from consent_actions as a
    inner join recipients as r on a.recipient_id = r.recipient_id
    where a.action = 'unsubscribe'
    union all
    -- what SendGrid told
    select
        address_key,
        case
            when event = 'complaint' or reason = 'Spam Reporting Address' then 'complained'
            when event = 'unsubscribe' or reason = 'Unsubscribed Address' then 'unsubscribed'
            else 'bounced'
        end as status,
        occurred_at as since,
        null as until,
        'event:' || event as source,
        coalesce(reason, '') as reason,
        3 as place
    from raw_events
    where
        event in ('complaint', 'unsubscribe')
        or (event = 'bounce' and kind = 'hard')
        or (
            event = 'dropped'
            and reason in ('Bounced Address', 'Invalid', 'Spam Reporting Address', 'Unsubscribed Address')
        )
    union all
    -- what the ledger holds, which is all there is of rules and of other copies of these stores
    select
        address_key,
        reason as status,
        suppressed_at as since,
        null as until,
        source,
        '' as reason,
        4 as place
    from suppressions
    union all
    -- what was decided
    select
        address_key,
        case decision
            when 'suppress' then 'blocked'
            when 'pause' then 'paused'
            when 'deactivate' then 'inactive'
            else 'active'
        end as status,
        decided_at as since,
        paused_until as until,
        'person:' || decided_by as source,
        reason,
        5 as place
    from subscriber_decisions
    union all
    select
        address_key,
        'active' as status,
        paused_until as since,
        null as until,
        'pause ended' as source,
        '' as reason,
        6 as place
    from pauses
    where decision = 'pause' and paused_until <= now() and (next_decided_at is null or next_decided_at > paused_until)
),

ordered as (
    select
        s.subscriber_id,
        t.*,
        -- the address is among them so that a question about one person reads that person's rows only
        lag(t.status) over (
            partition by s.subscriber_id, t.address_key
            order by t.since, t.place
        ) as status_before
    from told as t
    inner join raw_subscribers as s on t.address_key = s.address_key
)

select
    subscriber_id,
    address_key,
    status,
    since,
    until,
    source,
    reason
from ordered
where status is distinct from status_before;
comment on view subscriber_history is
'one row per change of a subscriber''s status, with since when, until when if it ends by itself, and who says so';
