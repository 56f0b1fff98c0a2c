-- one row per import, file and reason of rows that wait in quarantine, the most frequent first
select
    import_id,
    file,
    reason,
    count(*) as count_rows,
    min(quarantined_at) as oldest_at
from quarantined_rows
where closed_as is null
group by import_id, file, reason
order by count_rows desc, import_id desc, file asc, reason asc
