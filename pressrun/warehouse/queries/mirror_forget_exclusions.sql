-- no rows: drops the old copy of one issue from exclusions
delete from exclusions where issue_id = $issue_id
