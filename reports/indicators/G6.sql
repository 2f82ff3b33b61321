-- G6 投诉属实率：统计期内办结的投诉中认定属实或部分属实的 ÷ 统计期内办结的投诉
with counted as (select unit_id as unit, coalesce(verdict, '') in ('属实', '部分') as good from complaint_fact where in_period(closed_at))
select coalesce(unit, '') as unit, '' as part, count(*) filter (where good) as numerator, count(*) as denominator,
       count(*) filter (where good) / nullif(count(*), 0) as value
from counted
group by grouping sets ((), (unit))
