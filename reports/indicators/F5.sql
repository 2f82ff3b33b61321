-- F5 差评率：（不满意＋非常不满意）÷ 真实评价；分子即差评数
with counted as (select unit, level <= 2 as good from ratable where rated)
select coalesce(unit, '') as unit, '' as part, count(*) filter (where good) as numerator, count(*) as denominator,
       count(*) filter (where good) / nullif(count(*), 0) as value
from counted
group by grouping sets ((), (unit))
