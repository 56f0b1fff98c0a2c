-- one row per subscriber who has a tag, in whatever case it is written; ask for it as by_tag(longreads)
select subscriber_id
from subscribers
where list_contains(list_transform(tags, lambda tag: lower(tag)), lower($tag))
