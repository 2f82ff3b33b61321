-- 每个业务主管部门每月的申请、受理和办结；月份取学校所在地时间的前七个字符
select
  unit_id,
  month,
  sum(submitted) as submitted,
  sum(accepted) as accepted,
  sum(closed) as closed
from (
  select i.owner_unit_id as unit_id, substr(cast(a.submitted_at as char(30)), 1, 7) as month, 1 as submitted, 0 as accepted, 0 as closed
  from application as a
  join service_item as i on i.item_id = a.item_id
  where a.submitted_at is not null and not a.is_test
  union all
  select i.owner_unit_id, substr(cast(a.accepted_at as char(30)), 1, 7), 0, 1, 0
  from application as a
  join service_item as i on i.item_id = a.item_id
  where a.accepted_at is not null and not a.is_test
  union all
  select i.owner_unit_id, substr(cast(a.closed_at as char(30)), 1, 7), 0, 0, 1
  from application as a
  join service_item as i on i.item_id = a.item_id
  where a.closed_at is not null and not a.is_test
) as moment
group by unit_id, month
