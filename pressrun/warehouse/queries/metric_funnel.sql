-- one row per step of one issue and who reached it, as unique recipients
select
    s.step,
    s.who,
    s.count_people
from issue_stats as i
cross join (
    values
    (1, 'recipients', 'everyone', i.count_recipients),
    (2, 'submitted', 'everyone', i.count_submitted),
    (3, 'delivered', 'everyone', i.count_delivered),
    (4, 'opened', 'people', i.count_opened_human),
    (4, 'opened', 'machines only', i.count_opened_machine),
    (5, 'clicked', 'people', i.count_clicked_human),
    (5, 'clicked', 'machines only', i.count_clicked_machine)
) as s (step_no, step, who, count_people)
where i.issue_id = $issue_id
order by s.step_no asc, s.who desc
