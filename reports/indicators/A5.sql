-- A5 办结：统计期内的办结次数；另按办结结果分列
-- close_result: 0 出证办结 1 退回办结 4 转报办结 5 补正超时驳回 6 办结
with closed as (
    select m.unit,
           case when c.close_result in ('1', '5') then 'returned' when c.close_result = '4' then 'passed_on' else 'done' end as result
    from movement as m
    join case_fact as c using (app_id)
    where m.kind = 'closed' and in_period(m.moment)
)
select coalesce(unit, '') as unit, coalesce(result, '') as part, null as numerator, null as denominator, count(*) as value
from closed
group by grouping sets ((), (unit), (result), (result, unit))
