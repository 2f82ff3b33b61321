-- How a case stands at the cut-off, and when it was first closed: a promise is kept or broken by the first closing.
create view ending as
select app_id, case when ended >= accepted then state else 'open' end as state, case when ended >= accepted and state = 'closed' then ended end as closed_at
from course
where ends <= 1 and accepted is not null
union all
select app_id, arg_max(state, (moment, step_no)), min(moment) filter (where state = 'closed')
from turn
group by app_id
