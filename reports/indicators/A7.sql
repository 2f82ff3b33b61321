-- A7 应办结：承诺期限在统计期内届满的办件数，不含撤回作废
select coalesce(unit, '') as unit, '' as part, null as numerator, null as denominator, count(*) as value
from due
group by grouping sets ((), (unit))
