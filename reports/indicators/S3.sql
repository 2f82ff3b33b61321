-- S3 权限备案一致率：期末有效的授权中有有效备案的÷期末有效的授权
select '' as unit, '' as part, count(f.filing_id) as numerator, count(*) as denominator, count(f.filing_id) / nullif(count(*), 0) as value
from active_grant as g
left join authz_filing as f on f.filing_id = g.filing_id and coalesce(f.valid_to >= getvariable('t1'), true)
    and f.role = g.role and f.person_key = g.person_key
