-- one row per subscriber who came in the last 30 days, by their own date where one is known
select subscriber_id
from subscribers
where coalesce(subscribed_at, consented_at, created_at) >= now() - interval 30 day
