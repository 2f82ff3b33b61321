-- S1 报备时长：统计期内报备的离岗自生效至报备的工作日数，取平均（部门）
select coalesce(l.unit, '') as unit, '' as part, sum(b.number - a.number) as numerator, count(*) as denominator,
       sum(b.number - a.number) / nullif(count(*), 0) as value
from left_person as l
join work_day as a on a.day = l.effective_at::date
join work_day as b on b.day = l.reported_at::date
where in_period(l.reported_at)
group by grouping sets ((), (l.unit))
