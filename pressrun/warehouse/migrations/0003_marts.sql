-- What dashboards read: classified events, and marts that are made again after each ingest.

create table machine_agents (
    event varchar not null,
    pattern varchar not null,
    rule varchar not null,
    noted_on date not null
);
comment on table machine_agents is
'one row per kind of event and pattern of user agents that are machines there; patterns age, hence the date';

insert into machine_agents
values
('open', 'Mozilla/5.0', 'apple_privacy_proxy', date '2026-11-24'),
('open', '%Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0', 'gmail_prefetch', date '2026-11-24'),
('click', '', 'empty_agent', date '2026-11-24');

insert into machine_agents
select
    acts.event,
    scanners.pattern,
    'scanner_agent' as rule,
    date '2026-11-24' as noted_on
from (values ('open'), ('click')) as acts (event)
cross join (
    values
    ('%Barracuda%'),
    ('%Proofpoint%'),
    ('%Mimecast%'),
    ('%Office Existence Discovery%'),
    ('%BingPreview%'),
    ('%SkypeUriPreview%'),
    ('%Headless%'),
    ('%python-requests%')
) as scanners (pattern);

create view events as
-- four questions are asked of it: kept in memory it would hold every raw event (1,000,000 of them: 0.8 GB, measured)
with matched as not materialized (
    select
        e.event_key,
        e.sg_event_id,
        e.event,
        e.issue_id,
        e.attempt_id,
        e.recipient_id,
        r.subscriber_id,
        r.domain,
        e.kind,
        e.reason,
        e.url,
        e.url_position,
        e.user_agent,
        e.ip,
        e.raw,
        e.is_machine_open,
        r.recipient_id is not null as is_matched,
        e.occurred_at
    from raw_events as e
    left join recipients as r on e.issue_id = r.issue_id and e.recipient_id = r.recipient_id
),

clicks as (
    select
        event_key,
        issue_id,
        recipient_id,
        url,
        occurred_at
    from matched
    where event = 'click' and is_matched
),

issue_links as (
    select
        issue_id,
        count(distinct url) as count_links
    from clicks
    group by issue_id
),

deliveries as (
    select
        issue_id,
        recipient_id,
        min(occurred_at) as delivered_at
    from matched
    where event = 'delivered' and is_matched
    group by issue_id, recipient_id
),

started as (
    select
        c.event_key,
        c.issue_id,
        c.recipient_id,
        c.occurred_at,
        count(distinct c.url) over (
            partition by c.issue_id, c.recipient_id
            order by c.occurred_at
            range between current row and interval 2 seconds following
        ) as links_in_2s,
        count(distinct c.url) over (
            partition by c.issue_id, c.recipient_id
            order by c.occurred_at
            range between current row and interval 10 seconds following
        ) as links_in_10s
    from clicks as c
),

windows as (
    select
        s.event_key,
        s.issue_id,
        s.recipient_id,
        s.occurred_at,
        max(s.links_in_2s) over (
            partition by s.issue_id, s.recipient_id
            order by s.occurred_at
            range between interval 2 seconds preceding and current row
        ) as links_within_2s,
        max(s.links_in_10s) over (
            partition by s.issue_id, s.recipient_id
            order by s.occurred_at
            range between interval 10 seconds preceding and current row
        ) as links_within_10s
    from started as s
),

bursts as (
    select
        w.event_key,
        w.links_within_2s >= 3 as is_burst,
        l.count_links >= 3 and w.links_within_10s >= l.count_links as is_all_links,
        -- either sign is weak alone: there are quick readers, and there are two tabs; a gateway that follows links
        -- before it takes the mail makes clicks that are earlier than the delivery
        w.links_within_2s >= 2 and w.occurred_at <= d.delivered_at + interval 10 seconds as is_early_pair
    from windows as w
    inner join issue_links as l on w.issue_id = l.issue_id
    left join deliveries as d on w.issue_id = d.issue_id and w.recipient_id = d.recipient_id
),

told as (
    select distinct
        event,
        user_agent
    from matched
    where event in ('open', 'click')
),

agents as (
    select
        t.event,
        t.user_agent,
        min(a.rule) as rule
    from told as t
    inner join machine_agents as a on t.event = a.event and coalesce(t.user_agent, '') ilike a.pattern
    group by t.event, t.user_agent
),

judged as (
    select
        m.*,
        case
            when m.event not in ('open', 'click') then null
            when m.is_machine_open then 'sendgrid_flag'
            when g.rule is not null then g.rule
            when b.is_burst then 'burst'
            when b.is_all_links then 'all_links'
            when b.is_early_pair then 'early_pair'
        end as machine_rule
    from matched as m
    left join bursts as b on m.event_key = b.event_key
    left join agents as g on m.event = g.event and m.user_agent is not distinct from g.user_agent
)

select
    event_key,
    sg_event_id,
    event,
    issue_id,
    attempt_id,
    recipient_id,
    subscriber_id,
    domain,
    kind,
    reason,
    url,
    url_position,
    user_agent,
    ip,
    machine_rule,
    raw,
    machine_rule is not null as is_machine,
    is_matched,
    1 as rule_version,
    occurred_at
from judged;
comment on view events is
'one row per distinct event; is_machine by the present rules, is_matched says whether we know the recipient';

create table issue_stats (
    issue_id varchar not null,
    subject varchar not null,
    status varchar not null,
    count_candidates bigint not null,
    count_excluded bigint not null,
    count_recipients bigint not null,
    count_submitted bigint not null,
    count_refused bigint not null,
    count_withdrawn bigint not null,
    count_in_doubt bigint not null,
    count_abandoned bigint not null,
    count_pending bigint not null,
    count_delivered bigint not null,
    count_deferred bigint not null,
    count_bounced bigint not null,
    count_dropped bigint not null,
    count_opened bigint not null,
    count_opened_human bigint not null,
    count_opened_machine bigint not null,
    count_clicked bigint not null,
    count_clicked_human bigint not null,
    count_clicked_machine bigint not null,
    count_unsubscribed bigint not null,
    count_complained bigint not null,
    frozen_at timestamptz,
    started_at timestamptz,
    finished_at timestamptz
);
comment on table issue_stats is 'one row per issue: its sums, and unique recipients by what they did';

create table link_stats (
    issue_id varchar not null,
    url varchar not null,
    count_clicks bigint not null,
    count_clicked bigint not null,
    count_clicked_human bigint not null,
    count_clicked_machine bigint not null
);
comment on table link_stats is 'one row per issue and link: clicks, and unique recipients who clicked';

create table domain_stats (
    issue_id varchar not null,
    domain varchar not null,
    count_recipients bigint not null,
    count_submitted bigint not null,
    count_delivered bigint not null,
    count_bounced bigint not null,
    count_opened bigint not null,
    count_opened_human bigint not null,
    count_clicked bigint not null,
    count_clicked_human bigint not null
);
comment on table domain_stats is 'one row per issue and domain of its recipients';

create table engagement_hourly (
    issue_id varchar not null,
    event varchar not null,
    count_events bigint not null,
    count_human bigint not null,
    count_machine bigint not null,
    hour_at timestamptz not null
);
comment on table engagement_hourly is 'one row per issue, hour and kind of event (open, click)';

create table audience_daily (
    day date not null,
    count_subscribed bigint not null,
    count_unsubscribed bigint not null,
    count_bounced bigint not null,
    count_complained bigint not null,
    count_blocked bigint not null,
    count_active bigint not null
);
comment on table audience_daily is
'one row per day on which the audience changed: who came, who left and why, and how many were active at its end';

create table subscriber_engagement (
    subscriber_id varchar not null,
    status varchar not null,
    count_received bigint not null,
    count_opened bigint not null,
    count_opened_human bigint not null,
    count_clicked_human bigint not null,
    last_received_at timestamptz,
    last_opened_at timestamptz,
    last_clicked_at timestamptz
);
comment on table subscriber_engagement is 'one row per subscriber: issues received, opened and clicked by a person';

create table mart_builds (
    fingerprint varchar not null,
    built_at timestamptz not null
);
comment on table mart_builds is 'one row: what the marts were last made from, and when';
