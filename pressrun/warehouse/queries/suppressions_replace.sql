-- no rows: replaces the lake's copy of the suppressions
delete from lake.suppressions;
insert into lake.suppressions by name
select * from present_suppressions
