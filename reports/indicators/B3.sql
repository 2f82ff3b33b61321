-- B3 超期件：应办结中超期办结的、截至统计截止仍未办结的，以及期限在统计期以前届满、截至统计截止仍未办结的
with overdue as (
    select unit, case when closed_at is null then 'open' else 'late' end as part from due where closed_at is null or closed_at > due_at
    union all
    select unit, 'arrears' from arrears
)
select coalesce(unit, '') as unit, coalesce(part, '') as part, null as numerator, null as denominator, count(*) as value
from overdue
group by grouping sets ((), (unit), (part), (part, unit))
