-- 尚未办理的环节就是办件停留的地方；并行环节取序号最小的一个
select
  a.app_id,
  a.app_no,
  a.item_id,
  s.actor_unit_id as unit_id,
  s.step_name,
  s.arrived_at,
  a.due_at
from (
  select app_id, actor_unit_id, step_name, arrived_at, row_number() over (partition by app_id order by step_no) as place
  from application_step
  where acted_at is null
) as s
join application as a on a.app_id = s.app_id
where s.place = 1
  and a.status in ('已提交', '预审', '已受理', '办理中', '待补正', '特别程序')
