-- H2 可用率：1 − 计划外不可用分钟 ÷ 总分钟，限台账所列月份；计划内停机另列为占总分钟的份额
with month as (
    select date_diff('minute', month::timestamp, (month + interval 1 month)::timestamp) as total,
           coalesce(down_minutes, 0) as down, coalesce(planned_minutes, 0) as planned
    from uptime where month >= getvariable('t0')::date and month < getvariable('t1')::date
)
select '' as unit, '' as part, sum(total - down) as numerator, sum(total) as denominator, sum(total - down) / nullif(sum(total), 0) as value
from month
union all
select '', 'planned', sum(planned), sum(total), sum(planned) / nullif(sum(total), 0) from month
