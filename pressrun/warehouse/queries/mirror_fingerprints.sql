-- one row per issue in the lake, with the mark of what was copied
select
    issue_id,
    fingerprint
from issues
