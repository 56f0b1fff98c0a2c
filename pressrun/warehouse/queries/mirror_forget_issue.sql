-- no rows: drops the old copy of one issue from issues
delete from issues where issue_id = $issue_id
