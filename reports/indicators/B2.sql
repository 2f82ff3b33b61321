-- B2 按时办结率：应办结中在期限前首次办结的 ÷ 应办结
select coalesce(unit, '') as unit, '' as part, count(*) filter (where closed_at <= due_at) as numerator, count(*) as denominator,
       count(*) filter (where closed_at <= due_at) / nullif(count(*), 0) as value
from due
group by grouping sets ((), (unit))
