-- no rows: notes what the marts are made from now
insert into lake.mart_builds
values ($fingerprint, $built_at)
