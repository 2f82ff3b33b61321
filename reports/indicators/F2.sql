-- F2 好评率：（非常满意＋满意＋基本满意）÷ 真实评价
select coalesce(unit, '') as unit, '' as part, count(*) filter (where level >= 3) as numerator, count(*) as denominator,
       count(*) filter (where level >= 3) / nullif(count(*), 0) as value
from ratable
where rated
group by grouping sets ((), (unit))
