-- no rows: copies one issue's exclusions from the ledger
insert into exclusions by name
select * from incoming
