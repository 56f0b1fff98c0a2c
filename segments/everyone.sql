-- one row per subscriber; those who may not be mailed are counted as exclusions when an audience is frozen
select subscriber_id
from subscribers
