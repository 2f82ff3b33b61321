-- 办理环节口径：各单位环节到期、按时、办理、超期未办
select unit,
       count(*) filter (where due_at > getvariable('t0') and due_at <= getvariable('t1')) as due,
       count(*) filter (where due_at > getvariable('t0') and due_at <= getvariable('t1') and acted_at <= due_at) as on_time,
       count(*) filter (where in_period(acted_at)) as handled,
       count(*) filter (where overdue) as overdue
from step_fact
group by unit
having due + handled + overdue > 0
order by unit
