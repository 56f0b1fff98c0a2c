-- one row per subscriber who got three issues or more and neither opened nor clicked for as long as is asked
select
    s.address_key,
    e.count_received || ' issues, '
    || coalesce(
        'engaged last on ' || greatest(e.last_opened_at, e.last_clicked_at)::date::varchar, 'never opened one'
    ) as detail
from subscriber_engagement as e
inner join subscribers as s on e.subscriber_id = s.subscriber_id
where
    s.status = 'active'
    and e.count_received >= 3
    and coalesce(s.subscribed_at, s.consented_at, s.created_at) < $now::timestamptz - to_days($days)
    and coalesce(greatest(e.last_opened_at, e.last_clicked_at) < $now::timestamptz - to_days($days), true)
order by s.address_key
