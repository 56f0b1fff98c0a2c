-- one row: how many subscribers the import still holds, and how many of the restored are not there once
select
    (select count(*) from raw_subscribers where import_id = $import_id) as count_held,
    (
        select count(*)
        from (
            select u.subscriber_id
            from undoing as u
            left join raw_subscribers as s on u.subscriber_id = s.subscriber_id
            where u.fate = 'restored'
            group by u.subscriber_id
            having count(s.subscriber_id) <> 1
        ) as wrong
    ) as count_wrong
