-- one row per subscriber who opened or clicked in the last 90 days; what machines opened and clicked does not count
select subscriber_id
from subscriber_engagement
where greatest(last_opened_at, last_clicked_at) >= now() - interval 90 day
