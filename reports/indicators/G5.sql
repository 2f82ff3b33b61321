-- G5 投诉办结率：办理期限在统计期内届满的投诉中截至统计截止已办结的 ÷ 应办结的投诉
with counted as (
    select unit_id as unit, coalesce(closed_at < getvariable('cut'), false) as good
    from complaint_fact where due_at > getvariable('t0') and due_at <= getvariable('t1')
)
select coalesce(unit, '') as unit, '' as part, count(*) filter (where good) as numerator, count(*) as denominator,
       count(*) filter (where good) / nullif(count(*), 0) as value
from counted
group by grouping sets ((), (unit))
