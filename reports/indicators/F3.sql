-- F3 满意率（严）：（非常满意＋满意）÷ 真实评价
select coalesce(unit, '') as unit, '' as part, count(*) filter (where level >= 4) as numerator, count(*) as denominator,
       count(*) filter (where level >= 4) / nullif(count(*), 0) as value
from ratable
where rated
group by grouping sets ((), (unit))
