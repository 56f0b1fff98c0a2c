-- one row per event of a recipient we know, judged by the present rules
create or replace temp table classified_events as
select
    event,
    issue_id,
    recipient_id,
    subscriber_id,
    url,
    is_machine,
    occurred_at
from lake.events
where is_matched
