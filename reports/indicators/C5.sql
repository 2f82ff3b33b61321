-- C5 及时签收率：统计期内提交的办件中，部门在规定的工作日内首次处理的 ÷ 已到签收期限的
with counted as (select unit, coalesce(workdays <= getvariable('sign_days'), false) as good from response where sign_due)
select coalesce(unit, '') as unit, '' as part, count(*) filter (where good) as numerator, count(*) as denominator,
       count(*) filter (where good) / nullif(count(*), 0) as value
from counted
group by grouping sets ((), (unit))
