-- removes one row per subscriber that is removed or restored
delete from raw_subscribers
where subscriber_id in (select subscriber_id from undoing where fate <> 'kept')
