-- one row per column of subscribers that an import replaced something in: of how many, the most first
with chosen as (
    select *
    from import_merges
    where import_id = $import_id
),

counted as (
    select
        'status' as replaced,
        count(*) as count_people
    from chosen
    where status_before <> status_after
    union all
    select
        'name' as replaced,
        count(*) as count_people
    from chosen
    where name_before <> name_after
    union all
    select
        'tags' as replaced,
        count(*) as count_people
    from chosen
    where tags_before <> tags_after
    union all
    select
        'attributes' as replaced,
        count(*) as count_people
    from chosen
    where attributes_before::varchar <> attributes_after::varchar
    union all
    select
        'consented_at' as replaced,
        count(*) as count_people
    from chosen
    where coalesce(consented_at_before::varchar, '') <> coalesce(consented_at_after::varchar, '')
)

select
    replaced,
    count_people
from counted
where count_people > 0
order by count_people desc, replaced asc
