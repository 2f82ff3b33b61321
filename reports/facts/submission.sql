-- When a case was first submitted; a draft never was, and is outside everything.
create table submission as
select c.app_id, c.item_id, c.unit, min(a.moment) as moment
from act as a join case_fact as c using (app_id)
where a.action = '提交'
group by all
