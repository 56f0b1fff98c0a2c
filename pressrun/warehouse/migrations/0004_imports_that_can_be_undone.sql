-- What imports replaced and kept apart, so that each can be explained, mended and undone.

alter table imports add column outcome varchar default 'imported';
alter table imports add column accepted_because varchar;
alter table imports add column counts_by_reason json;
alter table imports add column counts_by_flag json;
alter table imports add column counts_by_status json;
alter table imports add column count_new_suppressions bigint default 0;
alter table imports add column seconds double;
alter table imports add column undone_at timestamptz;
comment on table imports is
'one row per import that was committed, with its sums; outcome is imported or undone, counts_by_... are objects';

alter table raw_subscribers add column row_hash varchar;

create table replaced_subscribers (
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
    updated_at timestamptz not null,
    row_hash varchar,
    replaced_by varchar not null
);
comment on table replaced_subscribers is
'one row per subscriber and import that replaced something of it: all of raw_subscribers as it was before';

create table quarantined_rows (
    quarantine_id varchar not null,
    import_id varchar not null,
    source varchar not null,
    file varchar not null,
    line bigint not null,
    reason varchar not null,
    detail varchar not null,
    address_key varchar,
    row_hash varchar not null,
    cells json not null,
    closed_as varchar,
    closed_by varchar,
    quarantined_at timestamptz not null,
    closed_at timestamptz
);
comment on table quarantined_rows is
'one row per row of a table that was kept apart; open until closed_as is taken, again, dropped or undone';

create view import_merges as
with versions as (
    select * exclude (replaced_by) from replaced_subscribers
    union all by name
    select * from raw_subscribers
)

select
    b.replaced_by as import_id,
    b.subscriber_id,
    b.address_key,
    b.import_id as import_id_before,
    b.name as name_before,
    a.name as name_after,
    b.status as status_before,
    a.status as status_after,
    b.tags as tags_before,
    a.tags as tags_after,
    b.attributes as attributes_before,
    a.attributes as attributes_after,
    b.consented_at as consented_at_before,
    a.consented_at as consented_at_after,
    b.updated_at as updated_at_before
from replaced_subscribers as b
left join versions as a on b.subscriber_id = a.subscriber_id and b.replaced_by = a.import_id;
comment on view import_merges is
'one row per subscriber that an import changed: what it was before, and what the import made of it';
