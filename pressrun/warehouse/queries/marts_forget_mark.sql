-- no rows: drops the note of what the marts were made from
delete from lake.mart_builds
