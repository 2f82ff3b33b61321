-- 即办件、承诺件、未设时限的办件分列；含与不含高频事项分列。kind, frequent 均为空的是合计
select kind, frequent, sum(new) as new, sum(closed) as closed, sum(due) as due, sum(on_time) as on_time, sum(workdays) as workdays
from (
    select case_kind as kind, frequent, count(*) as new, 0 as closed, 0 as due, 0 as on_time, 0 as workdays
    from movement where kind = 'new' and in_period(moment) group by all
    union all
    select case_kind, frequent, 0, count(*), 0, 0, sum(workdays) from handling group by all
    union all
    select case_kind, frequent, 0, 0, count(*), count(*) filter (where closed_at <= due_at), 0 from due group by all
) as parts
group by grouping sets ((), (kind), (frequent))
order by kind nulls first, frequent desc nulls first
