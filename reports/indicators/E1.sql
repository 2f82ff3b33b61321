-- E1 上网办理率：期末在线的网上办理事项 ÷（全部在线事项 − 经批准的例外）；涉密事项不列
with counted as (
    select unit, not guide as good from live_item
    where not guide or item_name not in (
        select item_name from exception_register where approved_at < getvariable('t1') and coalesce(valid_to, 'infinity'::date) >= getvariable('t1')
    )
)
select coalesce(unit, '') as unit, '' as part, count(*) filter (where good) as numerator, count(*) as denominator,
       count(*) filter (where good) / nullif(count(*), 0) as value
from counted
group by grouping sets ((), (unit))
