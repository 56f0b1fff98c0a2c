-- one row, or none: when the marts were last made, and from what
select
    fingerprint,
    built_at
from mart_builds
