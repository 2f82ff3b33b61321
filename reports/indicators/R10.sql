-- R10 环节按时率：期限在统计期内届满的环节中按时办理的÷到期环节；按环节所在单位
select coalesce(unit, '') as unit, '' as part, count(*) filter (where acted_at <= due_at) as numerator, count(*) as denominator,
       count(*) filter (where acted_at <= due_at) / nullif(count(*), 0) as value
from step_fact
where due_at > getvariable('t0') and due_at <= getvariable('t1')
group by grouping sets ((), (unit))
