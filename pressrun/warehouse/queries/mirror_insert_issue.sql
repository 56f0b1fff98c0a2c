-- no rows: copies one issue's issue from the ledger
insert into issues by name
select * from incoming
