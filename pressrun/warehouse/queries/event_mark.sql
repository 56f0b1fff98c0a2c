-- no rows: marks a stretch of a landing file as read
insert into lake.event_loads by name
select
    $load_id as load_id,
    $stream as stream,
    $file as file,
    $sha256 as sha256,
    $offset_from as offset_from,
    $offset_to as offset_to,
    $read as count_read,
    $new as count_new,
    $duplicate as count_duplicate,
    $ignored as count_ignored,
    $unreadable as count_unreadable,
    $now as loaded_at
