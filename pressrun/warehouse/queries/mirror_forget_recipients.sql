-- no rows: drops the old copy of one issue from recipients
delete from recipients where issue_id = $issue_id
