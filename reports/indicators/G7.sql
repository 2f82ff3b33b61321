-- G7 万件投诉率：统计期内收到的投诉 ÷ 办结 × 10000
with complaints as (select count(*) as n from complaint_fact where in_period(received_at)), closed as (select count(*) as n from handling)
select '' as unit, '' as part, complaints.n * 10000 as numerator, closed.n as denominator, complaints.n * 10000 / nullif(closed.n, 0) as value
from complaints, closed
