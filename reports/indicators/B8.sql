-- B8 应结案率：应办结中截至统计截止已办结的 ÷ 应办结
with counted as (select unit, closed_at is not null as good from due)
select coalesce(unit, '') as unit, '' as part, count(*) filter (where good) as numerator, count(*) as denominator,
       count(*) filter (where good) / nullif(count(*), 0) as value
from counted
group by grouping sets ((), (unit))
