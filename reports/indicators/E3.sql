-- E3 网上办件率：新收中网上提交的 ÷ 新收（含线下）
with counted as (
    select m.unit, coalesce(a.apply_channel, '') <> '线下' as good
    from movement as m join application as a using (app_id)
    where m.kind = 'new' and in_period(m.moment)
)
select coalesce(unit, '') as unit, '' as part, count(*) filter (where good) as numerator, count(*) as denominator,
       count(*) filter (where good) / nullif(count(*), 0) as value
from counted
group by grouping sets ((), (unit))
