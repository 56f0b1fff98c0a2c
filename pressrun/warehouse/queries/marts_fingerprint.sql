-- one row: a mark that changes with everything the marts are made from
select
    md5(concat_ws(
        '/',
        (select coalesce(max(load_id), 0) from event_loads),
        (select string_agg(fingerprint, ',' order by issue_id) from issues),
        (select count(*) || '.' || coalesce(max(imported_at)::varchar, '') from imports),
        (select count(*) || '.' || coalesce(sum(hash(address_key) % 1000003), 0) from suppressions),
        (select count(*) from lake_migrations)
    )) as fingerprint
