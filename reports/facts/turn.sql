-- The changes of the few cases that end more than once, or are reopened: each act that opens or ends them, where it changes something.
create table turn as
with often as materialized (
    select * from course where ends > 1 and accepted is not null
),
dated as (
    select app_id, accepted as moment, 'open' as state, 0 as rank, 0 as step_no from often
    union all
    select a.app_id, a.moment, end_state(a.action, c.close_result), 1, a.step_no
    from often as o
    join act as a on a.app_id = o.app_id and a.moment >= o.accepted
    join case_fact as c on c.app_id = o.app_id
    where a.action in ('办结', '撤回', '作废', '重办')
),
followed as (
    select *, lag(state, 1, '') over (partition by app_id order by moment, rank, step_no) as before from dated
)
select app_id, o.item_id, o.unit, o.case_kind, o.frequent, f.moment, f.step_no, f.state,
       lag(f.moment) over (partition by app_id order by f.moment, f.rank, f.step_no) as since
from followed as f
join often as o using (app_id)
where (f.state = 'open') <> (f.before = 'open')
