-- A3 上期结转：统计期开始时已受理而未办结、未撤回作废的办件数
select coalesce(unit, '') as unit, '' as part, null as numerator, null as denominator, coalesce(sum(step), 0) as value
from movement
where moment < getvariable('t0')
group by grouping sets ((), (unit))
