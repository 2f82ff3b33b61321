-- 部门核对：每个单位要核对的办件。主管事项口径：期限在统计期内届满的办件，以及历史超期；办理环节口径：期限在统计期内届满的环节，以及超期未办的环节
select v.unit, v.seen, v.app_id, v.step_no, coalesce(a.app_no, a.app_id) as app_no, c.item_name, v.step_name, v.due_at, v.done_at,
       case when v.done_at <= v.due_at then '按时' when v.due_at <= getvariable('t0') then '历史超期'
            when v.done_at is null then '超期未办结' else '超期办结' end as verdict
from (
    select unit, '主管事项' as seen, app_id, null as step_no, null as step_name, due_at, closed_at as done_at from due
    union all
    select r.unit, '主管事项', r.app_id, null, null, c.due_at, null from arrears as r join case_fact as c using (app_id)
    union all
    select unit, '办理环节', app_id, step_no, step_name, due_at, acted_at from step_fact
    where due_at > getvariable('t0') and due_at <= getvariable('t1') or overdue
) as v
join application as a using (app_id)
join case_fact as c using (app_id)
order by v.unit, v.seen, v.due_at, app_no, v.app_id, v.step_no
