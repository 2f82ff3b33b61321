-- A4 在办总量：上期结转＋新收；另列重办转入（办结后重新办理的次数）
select coalesce(unit, '') as unit, '' as part, null as numerator, null as denominator, coalesce(sum(step), 0) as value
from movement
where moment < getvariable('t0') or kind = 'new' and in_period(moment)
group by grouping sets ((), (unit))
union all
select coalesce(unit, ''), 'reopened', null, null, count(*)
from movement
where kind = 'reopened' and in_period(moment)
group by grouping sets ((), (unit))
