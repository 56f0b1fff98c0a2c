-- removes one row per subscriber whose new row is about to be inserted
delete from raw_subscribers
where address_key in (select address_key from merged where change = 'updated')
