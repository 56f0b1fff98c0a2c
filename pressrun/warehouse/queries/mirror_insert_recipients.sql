-- no rows: copies some of one issue's recipients from the ledger
insert into recipients by name
select
    $issue_id as issue_id,
    recipient_id,
    subscriber_id,
    address_key,
    string_split(address_key, '@')[-1] as domain,
    batch_no,
    state,
    detail
from incoming
