-- C2 平均办理时长（自然时）：办结件自提交至办结的自然天数，含暂停，取平均
-- seconds are whole numbers, so that the sum does not depend on the order of the rows
select coalesce(unit, '') as unit, '' as part, sum(seconds) / 86400 as numerator, count(*) as denominator,
       sum(seconds) / 86400 / nullif(count(*), 0) as value
from handling
group by grouping sets ((), (unit))
