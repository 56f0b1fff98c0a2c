-- The lake's first tables. Added to, never edited; each statement runs once, in order, in one transaction.

create table imports (
    import_id varchar not null,
    files varchar not null,
    source varchar not null,
    count_read bigint not null,
    count_inserted bigint not null,
    count_updated bigint not null,
    count_unchanged bigint not null,
    count_duplicate bigint not null,
    count_quarantined bigint not null,
    count_still_suppressed bigint not null,
    imported_at timestamptz not null
);
comment on table imports is 'one row per import that was committed, with its sums';

create table raw_subscribers (
    subscriber_id varchar not null,
    address_key varchar not null,
    email varchar not null,
    domain varchar not null,
    name varchar not null,
    status varchar not null,
    source varchar not null,
    import_id varchar not null,
    tags varchar[] not null,
    attributes json not null,
    content_hash varchar not null,
    consented_at timestamptz,
    subscribed_at timestamptz,
    ended_at timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
comment on table raw_subscribers is 'one row per address as imported or signed up, before suppressions';

create table suppressions (
    address_key varchar not null,
    reason varchar not null,
    source varchar not null,
    suppressed_at timestamptz not null
);
comment on table suppressions is 'one row per address that must not be mailed, copied from the ledger';

create table issues (
    issue_id varchar not null,
    subject varchar not null,
    segment varchar not null,
    content_hash varchar not null,
    status varchar not null,
    fingerprint varchar not null,
    count_candidates bigint not null,
    count_recipients bigint not null,
    frozen_at timestamptz,
    started_at timestamptz,
    finished_at timestamptz
);
comment on table issues is 'one row per issue whose audience was frozen, copied from the ledger';

create table recipients (
    issue_id varchar not null,
    recipient_id varchar not null,
    subscriber_id varchar not null,
    address_key varchar not null,
    domain varchar not null,
    batch_no integer not null,
    state varchar not null,
    detail varchar
);
comment on table recipients is
'one row per recipient of a frozen audience; state is pending, submitted, in_doubt, refused, withdrawn or abandoned';

create table exclusions (
    issue_id varchar not null,
    subscriber_id varchar not null,
    reason varchar not null
);
comment on table exclusions is 'one row per candidate that was left out of an issue, with the reason';

create table submissions (
    issue_id varchar not null,
    batch_no integer not null,
    attempt_id varchar not null,
    state varchar not null,
    provider_message_id varchar,
    answer varchar,
    count_recipients integer not null,
    status_code integer,
    intent_at timestamptz not null,
    wire_at timestamptz,
    decided_at timestamptz
);
comment on table submissions is 'one row per attempt: one POST of one batch';

create table event_loads (
    load_id bigint not null,
    stream varchar not null,
    file varchar not null,
    sha256 varchar not null,
    offset_from bigint not null,
    offset_to bigint not null,
    count_read bigint not null,
    count_new bigint not null,
    count_duplicate bigint not null,
    count_ignored bigint not null,
    count_unreadable bigint not null,
    loaded_at timestamptz not null
);
comment on table event_loads is 'one row per stretch of a landing file that was loaded, committed with its rows';

create table raw_events (
    event_key varchar not null,
    sg_event_id varchar,
    event varchar not null,
    issue_id varchar,
    batch_no varchar,
    attempt_id varchar,
    recipient_id varchar,
    address_key varchar,
    domain varchar,
    sg_message_id varchar,
    kind varchar,
    reason varchar,
    url varchar,
    url_position varchar,
    user_agent varchar,
    ip varchar,
    raw varchar not null,
    load_id bigint not null,
    is_machine_open boolean not null,
    occurred_at timestamptz not null
);
comment on table raw_events is 'one row per distinct event of the provider, first copy kept, in its own words in raw';

create table set_aside_events (
    load_id bigint not null,
    outcome varchar not null,
    reason varchar not null,
    file varchar not null,
    raw varchar not null,
    line_offset bigint not null,
    set_aside_at timestamptz not null
);
comment on table set_aside_events is
'one row per landed event that was not counted: ignored, unreadable, or an id used again for other content';

create table consent_actions (
    action_id varchar not null,
    action varchar not null,
    recipient_id varchar not null,
    source varchar not null,
    load_id bigint not null,
    acted_at timestamptz not null
);
comment on table consent_actions is 'one row per consent action taken by a person at the receiver';
