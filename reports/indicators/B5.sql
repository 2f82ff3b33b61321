-- B5 即将到期：统计截止时尚未办结、期限在其后 2 个工作日内届满的办件数；只作内部预警
select coalesce(unit, '') as unit, '' as part, null as numerator, null as denominator, count(*) as value
from soon_due
group by grouping sets ((), (unit))
