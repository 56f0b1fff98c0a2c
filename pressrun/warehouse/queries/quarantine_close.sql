-- no rows: closes what an import took after all, or kept apart again; what came back by its id is judged by that
update quarantined_rows
set
    closed_as = c.closed_as,
    closed_by = $import_id,
    closed_at = $imported_at::timestamptz
from (
    with waiting as (
        select *
        from quarantined_rows
        where closed_as is null and import_id <> $import_id
    ),

    found as (
        select
            w.quarantine_id,
            r.closed_as
        from waiting as w
        inner join incoming_returned as r on w.quarantine_id = r.quarantine_id
        union all
        select
            w.quarantine_id,
            'again' as closed_as
        from waiting as w
        inner join incoming_quarantine as n on w.row_hash = n.row_hash and w.file = n.file
        union all
        select
            w.quarantine_id,
            'taken' as closed_as
        from waiting as w
        inner join incoming_people as p on w.address_key = p.address_key
        -- a waiting row's source goes on with how it was read: own --map Kontakt=email
        where list_contains(string_split($source, '+'), split_part(w.source, ' ', 1))
    )

    -- one row per open row that is closed; one that is kept apart again was not taken, whoever else has its address
    select
        quarantine_id,
        min(closed_as) as closed_as
    from found
    group by quarantine_id
) as c
where quarantined_rows.closed_as is null and quarantined_rows.quarantine_id = c.quarantine_id
