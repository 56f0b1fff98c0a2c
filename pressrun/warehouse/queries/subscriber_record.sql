-- one row: the subscriber with an address, and how they took to the issues they got
select
    s.* exclude (address_key, domain, attributes),
    s.attributes::varchar as attributes,
    coalesce(e.count_received, 0) as count_received,
    coalesce(e.count_opened_human, 0) as count_opened_human,
    coalesce(e.count_clicked_human, 0) as count_clicked_human,
    e.last_received_at,
    e.last_opened_at,
    e.last_clicked_at
from subscribers as s
left join subscriber_engagement as e on s.subscriber_id = e.subscriber_id
where s.address_key = $address_key
