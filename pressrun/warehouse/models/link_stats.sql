-- one row per issue and link: clicks, and unique recipients who clicked
delete from lake.link_stats;
insert into lake.link_stats by name
with people as (
    select
        issue_id,
        url,
        recipient_id,
        count(*) as count_clicks,
        bool_or(not is_machine) as is_human
    from classified_events
    where event = 'click' and url is not null
    group by issue_id, url, recipient_id
)

select
    issue_id,
    url,
    sum(count_clicks)::bigint as count_clicks,
    count(*) as count_clicked,
    count(*) filter (where is_human) as count_clicked_human,
    count(*) filter (where not is_human) as count_clicked_machine
from people
group by issue_id, url
