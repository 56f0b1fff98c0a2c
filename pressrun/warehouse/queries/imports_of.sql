-- one row: the import of this id, and whether it still counts
select
    import_id,
    outcome,
    imported_at
from imports
where import_id = $import_id
