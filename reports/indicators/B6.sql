-- B6 提前办结率：承诺件中至少提前 1 个工作日办结的 ÷ 有期限的承诺件办结
with counted as (select unit, early as good from promised where early is not null)
select coalesce(unit, '') as unit, '' as part, count(*) filter (where good) as numerator, count(*) as denominator,
       count(*) filter (where good) / nullif(count(*), 0) as value
from counted
group by grouping sets ((), (unit))
