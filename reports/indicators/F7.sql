-- F7 差评回访率：统计期内的实名差评中已回访的 ÷ 实名差评
with counted as (
    select c.unit, coalesce(r.called_back_at < getvariable('cut'), false) as good
    from rating as g
    join case_fact as c using (app_id)
    left join rating_rectify as r using (rating_id)
    where not coalesce(g.is_default, true) and g.level <= 2 and not coalesce(g.is_anonymous, true) and in_period(g.rated_at)
)
select coalesce(unit, '') as unit, '' as part, count(*) filter (where good) as numerator, count(*) as denominator,
       count(*) filter (where good) / nullif(count(*), 0) as value
from counted
group by grouping sets ((), (unit))
