-- B7 提速率：（承诺时限合计 − 实际用时合计）÷ 承诺时限合计，以工作日计；可以为负
select coalesce(unit, '') as unit, '' as part, sum(promise_days - workdays) as numerator, sum(promise_days) as denominator,
       sum(promise_days - workdays) / nullif(sum(promise_days), 0) as value
from promised
where promise_days > 0
group by grouping sets ((), (unit))
