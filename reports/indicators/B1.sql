-- B1 办结率：办结 ÷（上期结转＋新收＋重办转入）
-- never closed ÷ accepted: that can pass 100 %
with balance as (
    select unit, count(*) filter (where kind = 'closed' and in_period(moment)) as closed,
           coalesce(sum(step) filter (where moment < getvariable('t0')), 0) + count(*) filter (where step = 1 and in_period(moment)) as base
    from movement
    group by grouping sets ((), (unit))
)
select coalesce(unit, '') as unit, '' as part, closed as numerator, base as denominator, closed / nullif(base, 0) as value
from balance
