-- one row per subscriber who may be mailed
select address_key
from subscribers
where status = 'active'
