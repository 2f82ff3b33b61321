-- G3 咨询按时答复率：答复期限在统计期内届满的咨询中按期答复的 ÷ 应答复；另列答复率
with counted as (
    select unit_id as unit, coalesce(answered_at <= due_at, false) as on_time, coalesce(answered_at < getvariable('cut'), false) as answered
    from consult_fact where due_at > getvariable('t0') and due_at <= getvariable('t1')
)
select coalesce(unit, '') as unit, '' as part, count(*) filter (where on_time) as numerator, count(*) as denominator,
       count(*) filter (where on_time) / nullif(count(*), 0) as value
from counted group by grouping sets ((), (unit))
union all
select coalesce(unit, ''), 'answered', count(*) filter (where answered), count(*), count(*) filter (where answered) / nullif(count(*), 0)
from counted group by grouping sets ((), (unit))
