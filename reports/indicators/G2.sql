-- G2 投诉量：统计期内收到的投诉
select coalesce(unit_id, '') as unit, '' as part, null as numerator, null as denominator, count(*) as value
from complaint_fact where in_period(received_at) group by grouping sets ((), (unit_id))
