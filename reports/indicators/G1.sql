-- G1 咨询量：统计期内收到的咨询
select coalesce(unit_id, '') as unit, '' as part, null as numerator, null as denominator, count(*) as value
from consult_fact where in_period(received_at) group by grouping sets ((), (unit_id))
