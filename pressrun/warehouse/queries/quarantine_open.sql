-- one row: how many rows are in quarantine
select count(*) as count_open
from quarantined_rows
where closed_as is null
