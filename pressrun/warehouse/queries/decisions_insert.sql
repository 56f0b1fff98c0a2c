-- no rows: adds decisions about subscribers from the ledger
insert into lake.subscriber_decisions by name
select * from incoming_decisions
