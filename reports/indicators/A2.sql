-- A2 新收：统计期内受理的办件数
select coalesce(unit, '') as unit, '' as part, null as numerator, null as denominator, count(*) as value
from movement
where kind = 'new' and in_period(moment)
group by grouping sets ((), (unit))
