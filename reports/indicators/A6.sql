-- A6 结转下期：统计期结束时已受理而未办结、未撤回作废的办件数；另列期内撤回作废
select coalesce(unit, '') as unit, '' as part, null as numerator, null as denominator, coalesce(sum(step), 0) as value
from movement
where moment < getvariable('t1')
group by grouping sets ((), (unit))
union all
select coalesce(unit, ''), 'void', null, null, count(*)
from movement
where kind = 'void' and in_period(moment)
group by grouping sets ((), (unit))
