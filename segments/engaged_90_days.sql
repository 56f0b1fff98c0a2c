-- one row per subscriber who opened or clicked in the last 90 days; opens made by machines do not count
select distinct s.subscriber_id
from subscribers as s
inner join recipients as r on s.subscriber_id = r.subscriber_id
inner join raw_events as e on r.recipient_id = e.recipient_id
where
    e.event in ('open', 'click')
    and not e.is_machine_open
    and e.occurred_at >= now() - interval 90 day
