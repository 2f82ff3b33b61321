-- How a case stands at the cut-off, and when it was first closed: a promise is kept or broken by the first closing.
create table ending as
select app_id, arg_max(case when step = 1 then 'open' else kind end, (moment, step_no)) as state,
       min(moment) filter (where kind = 'closed') as closed_at
from movement
group by app_id
