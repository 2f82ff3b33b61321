-- A1 申请量：统计期内首次提交的办件数
select coalesce(unit, '') as unit, '' as part, null as numerator, null as denominator, count(*) as value
from submission
where in_period(moment)
group by grouping sets ((), (unit))
