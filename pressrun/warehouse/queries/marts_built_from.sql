-- one row, or none: what the marts were last made from
select fingerprint
from mart_builds
