-- one row, or none: when the marts were last made
select built_at
from mart_builds
