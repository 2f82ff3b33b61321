-- E7 办事指南：完备率、更新及时率，均以期末在线的全部事项为基数
with counted as (
    select unit, consult_way is not null and complain_way is not null and audience is not null and case_type is not null as whole,
           coalesce(guide_updated_at >= getvariable('t1') - interval 12 month, false) as fresh
    from live_item
)
select coalesce(unit, '') as unit, 'whole' as part, count(*) filter (where whole) as numerator, count(*) as denominator,
       count(*) filter (where whole) / nullif(count(*), 0) as value
from counted
group by grouping sets ((), (unit))
union all
select coalesce(unit, ''), 'fresh', count(*) filter (where fresh), count(*), count(*) filter (where fresh) / nullif(count(*), 0)
from counted
group by grouping sets ((), (unit))
