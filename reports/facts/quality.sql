-- Whether a case that was closed in the period was done with at once: not returned, no visit, not reopened until the cut-off.
create view quality as
select h.app_id, h.unit, r.app_id is not null as reopened,
       not h.returned and r.app_id is null and coalesce(i.offline_visits, 0) = 0 as at_once
from handling as h
join online_item as i on i.item_id = h.item_id
left join movement as r on r.app_id = h.app_id and r.kind = 'reopened' and r.since = h.closed_at
