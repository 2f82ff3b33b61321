-- Closed cases and what their applicants really said: a rating that the system filled in, or that does not say, is none.
create table ratable as
select h.app_id, any_value(h.unit) as unit, any_value(h.item_id) as item_id, bool_or(r.app_id is not null) as rated, max(r.level) as level
from handling as h
left join rating as r on r.app_id = h.app_id and not coalesce(r.is_default, true) and r.rated_at < getvariable('cut')
group by h.app_id
