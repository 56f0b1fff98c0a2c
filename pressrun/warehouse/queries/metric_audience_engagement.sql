-- one row per level of engagement among active subscribers
select
    case
        when count_received = 0 then 'not mailed yet'
        when count_clicked_human > 0 then 'clicked'
        when count_opened_human > 0 then 'opened'
        when count_opened > 0 then 'only machines opened'
        else 'silent'
    end as engagement,
    count(*) as count_subscribers
from subscriber_engagement
where status = 'active'
group by engagement
order by count_subscribers desc
