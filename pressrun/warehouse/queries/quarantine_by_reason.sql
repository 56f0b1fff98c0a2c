-- one row per reason for which rows wait in quarantine, the most frequent first
with firsts as (
    -- a row that came back still bad waits since it was kept apart for the first time
    select
        quarantine_id,
        min(quarantined_at) as first_at
    from quarantined_rows
    group by quarantine_id
)

select
    w.reason,
    list_sort(list(distinct w.file)) as files,
    count(*) as count_rows,
    count(distinct w.import_id) as count_imports,
    min(f.first_at) as oldest_at
from quarantined_rows as w
inner join firsts as f on w.quarantine_id = f.quarantine_id
where w.closed_as is null
group by w.reason
order by count_rows desc, w.reason asc
