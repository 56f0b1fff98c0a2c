-- one row per row that waits in quarantine, with its address masked, of one reason, import and file where told
with waiting as (
    select
        *,
        split_part(address_key, '@', 1) as mailbox,
        split_part(address_key, '@', 2) as domain
    from quarantined_rows
    where
        closed_as is null
        and ($reason = '' or reason = $reason)
        and ($import_id = '' or import_id = $import_id)
        and ($file = '' or file = $file)
)

select
    quarantine_id,
    import_id,
    file,
    line,
    reason,
    case
        when address_key is null then '…'
        else left(mailbox, 1) || '…@' || left(domain, 1) || '….' || split_part(domain, '.', -1)
    end as address,
    -- only what is about a word or a date, and never what might hold an address
    case
        when not regexp_full_match(reason, 'status_unknown|date_.*|address_.*') then ''
        when contains(replace(detail, '@-sign', ''), '@') then ''
        else detail
    end as detail
from waiting
order by quarantined_at desc, import_id desc, file asc, line asc
limit 200
