-- 统计期内的工作日数；日历没有盖住整个统计期的，不给数
select case when count(*) = date_diff('day', getvariable('t0')::date, getvariable('t1')::date) then count(*) filter (where works) end as days
from work_day
where day >= getvariable('t0')::date and day < getvariable('t1')::date
