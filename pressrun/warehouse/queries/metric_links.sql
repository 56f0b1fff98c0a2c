-- one row per link of one issue, most clicked by people first
select
    url,
    count_clicked,
    count_clicked_human,
    count_clicked_machine
from link_stats
where issue_id = $issue_id
order by count_clicked_human desc, url asc
