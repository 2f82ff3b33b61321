-- C6 环节平均停留：统计期内办理的环节自到达至办理的工作日数（到达当日不计），取平均；按环节所在单位
select coalesce(s.unit, '') as unit, '' as part, sum(b.number - a.number) as numerator, count(*) as denominator,
       sum(b.number - a.number) / nullif(count(*), 0) as value
from step_fact as s
join work_day as a on a.day = s.arrived_at::date
join work_day as b on b.day = s.acted_at::date
where in_period(s.acted_at)
group by grouping sets ((), (s.unit))
