-- one row: the import of this id, whether it still counts, and its place in the order in which they were stored
select
    import_id,
    outcome,
    rowid as place
from imports
where import_id = $import_id
