-- D4 转办率：新收中截至统计截止转办过的 ÷ 新收
with counted as (
    select unit, app_id in (select app_id from act where action = '转办') as good from movement where kind = 'new' and in_period(moment)
)
select coalesce(unit, '') as unit, '' as part, count(*) filter (where good) as numerator, count(*) as denominator,
       count(*) filter (where good) / nullif(count(*), 0) as value
from counted
group by grouping sets ((), (unit))
