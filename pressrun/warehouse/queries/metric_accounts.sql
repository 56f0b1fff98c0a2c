-- one row per way on which candidates of one issue went: the total, exclusions, the recipients, their states
with left_out as (
    select
        reason,
        count(*) as count_people
    from exclusions
    where issue_id = $issue_id
    group by reason
),

states as (
    select
        state,
        count(*) as count_people
    from recipients
    where issue_id = $issue_id
    group by state
),

accounts as (
    select
        1 as step_no,
        'candidates' as what,
        'total' as kind,
        count_candidates as count_people
    from issues
    where issue_id = $issue_id
    union all
    select
        2 as step_no,
        reason as what,
        'exclusion' as kind,
        count_people
    from left_out
    union all
    select
        3 as step_no,
        'recipients' as what,
        'total' as kind,
        count_recipients as count_people
    from issues
    where issue_id = $issue_id
    union all
    select
        4 as step_no,
        replace(state, '_', ' ') as what,
        'state' as kind,
        count_people
    from states
)

select
    what,
    kind,
    count_people
from accounts
order by step_no asc, count_people desc, what asc
