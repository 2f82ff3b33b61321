-- B4 超期率：应办结中未在期限前办结的 ÷ 应办结，即 1 − 按时办结率
select coalesce(unit, '') as unit, '' as part, count(*) filter (where closed_at is null or closed_at > due_at) as numerator,
       count(*) as denominator, count(*) filter (where closed_at is null or closed_at > due_at) / nullif(count(*), 0) as value
from due
group by grouping sets ((), (unit))
