-- no rows: copies one issue's submissions from the ledger
insert into submissions by name
select * from incoming
