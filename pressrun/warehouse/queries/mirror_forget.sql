-- no rows: drops the old copy of one issue
delete from issues where issue_id = $issue_id;
delete from recipients where issue_id = $issue_id;
delete from exclusions where issue_id = $issue_id;
delete from submissions where issue_id = $issue_id
