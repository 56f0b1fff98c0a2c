-- one row per day on which the audience changed
delete from lake.audience_daily;
insert into lake.audience_daily by name
with mailable as (
    select
        coalesce(subscribed_at, consented_at, created_at)::date as began_on,
        case
            when status in ('unsubscribed', 'bounced', 'complained', 'blocked')
                then greatest(
                    coalesce(ended_at, updated_at)::date, coalesce(subscribed_at, consented_at, created_at)::date
                )
        end as ended_on,
        status
    from lake.subscribers
    where
        status not in ('unconfirmed', 'inactive')
        -- who had left before we heard of them, at a time not told, would make a cliff on the day of the import
        and ended_at is distinct from created_at
),

changes as (
    select
        began_on as day,
        1 as came,
        null as why
    from mailable
    union all
    select
        ended_on as day,
        0 as came,
        status as why
    from mailable
    where ended_on is not null
),

days as (
    select
        day,
        sum(came)::bigint as count_subscribed,
        count(*) filter (where why = 'unsubscribed') as count_unsubscribed,
        count(*) filter (where why = 'bounced') as count_bounced,
        count(*) filter (where why = 'complained') as count_complained,
        count(*) filter (where why = 'blocked') as count_blocked,
        count(*) filter (where why is not null) as count_left
    from changes
    group by day
)

select
    day,
    count_subscribed,
    count_unsubscribed,
    count_bounced,
    count_complained,
    count_blocked,
    (sum(count_subscribed - count_left) over (order by day))::bigint as count_active
from days
