-- one row per subscriber who got three issues or more and never clicked a link in one
select subscriber_id
from subscriber_engagement
where count_received >= 3 and count_clicked_human = 0
