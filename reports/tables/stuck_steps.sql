-- 滞留环节：截至统计截止超期未办的环节，前五
select step_name, unit, count(*) as cases
from step_fact
where overdue
group by all
order by cases desc, step_name, unit
limit 5
