-- How a case stands at the cut-off, and when it was first closed: a promise is kept or broken by the first closing.
create view ending as
select app_id, item_id, unit, case_kind, frequent, due_at, case when ended >= accepted then state else 'open' end as state,
       case when ended >= accepted and state = 'closed' then ended end as closed_at
from course
where ends <= 1 and accepted is not null
union all
select app_id, c.item_id, c.unit, c.case_kind, c.frequent, c.due_at, t.state, t.closed_at
from course as c
join (
    select app_id, arg_max(state, (moment, step_no)) as state, min(moment) filter (where state = 'closed') as closed_at from turn group by app_id
) as t using (app_id)
