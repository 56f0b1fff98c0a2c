-- no rows: drops the old copy of one issue from submissions
delete from submissions where issue_id = $issue_id
