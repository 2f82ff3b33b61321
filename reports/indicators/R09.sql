-- R09 咨询投诉按时答复率：答复期限在统计期内届满的咨询、投诉中按期答复的÷应答复
with counted as (
    select unit_id as unit, coalesce(answered_at <= due_at, false) as good
    from (from consult_fact union all from complaint_fact) where due_at > getvariable('t0') and due_at <= getvariable('t1')
)
select coalesce(unit, '') as unit, '' as part, count(*) filter (where good) as numerator, count(*) as denominator,
       count(*) filter (where good) / nullif(count(*), 0) as value
from counted
group by grouping sets ((), (unit))
