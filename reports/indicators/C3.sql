-- C3 办理时长分布：办结件办理时长的中位数与P90；工作日口径同C1，自然时口径同C2
-- P90 is nearest rank: the ceil(0.9 n)-th shortest
with ordered as (
    select unit, count(*) as n, list(workdays order by workdays) as w, list(seconds order by seconds) as s
    from handling
    group by grouping sets ((), (unit))
)
select coalesce(unit, '') as unit, part, null as numerator, n as denominator, value
from (
    select unit, n, 'median' as part, (w[(n + 1) // 2] + w[n // 2 + 1]) / 2 as value from ordered
    union all
    select unit, n, 'p90', w[(9 * n + 9) // 10] from ordered
    union all
    select unit, n, 'median_days', (s[(n + 1) // 2] + s[n // 2 + 1]) / 2 / 86400 from ordered
    union all
    select unit, n, 'p90_days', s[(9 * n + 9) // 10] / 86400 from ordered
) as parts
where n > 0
