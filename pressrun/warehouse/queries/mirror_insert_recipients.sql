-- no rows: copies one issue's recipients from the ledger
insert into recipients by name
select * from incoming
