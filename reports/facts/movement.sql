-- The balance: each change of a case between open and not open, by its time. Overwritten columns play no part.
--
--     受理 → open (new) → 办结 → closed → 重办 → open (reopened) → …        撤回 作废 → void; so does 办结 as 作废办结 or 删除办结
--
-- `step` is +1 into open and -1 out of it, `since` the time of the change before. Nearly every case ends once, if at all: only the
-- others have an order to find, which is what costs time.
create table movement as
with ended as materialized (
    select a.app_id, a.moment, a.step_no, f.moment as accepted,
           case when a.action = '重办' then 'open'
                when a.action = '办结' and coalesce(c.close_result, '') not in ('2', '3') then 'closed'
                else 'void' end as state
    from act as a
    join acceptance as f using (app_id)
    join case_fact as c using (app_id)
    where a.action in ('办结', '撤回', '作废', '重办') and a.moment >= f.moment
),
often as materialized (
    select app_id from ended group by app_id having count(*) > 1
),
dated as (
    select app_id, moment, 'open' as state, 0 as rank, 0 as step_no from acceptance where app_id in (from often)
    union all
    select app_id, moment, state, 1, step_no from ended where app_id in (from often)
),
followed as (
    select *, lag(state, 1, '') over (partition by app_id order by moment, rank, step_no) as before from dated
),
change as (
    select *, lag(moment) over (partition by app_id order by moment, rank, step_no) as since
    from followed where (state = 'open') <> (before = 'open')
    union all by name
    select app_id, moment, 'open' as state, 0 as step_no, null as since from acceptance where app_id not in (from often)
    union all by name
    select app_id, moment, state, step_no, accepted as since from ended where state <> 'open' and app_id not in (from often)
)
select m.app_id, c.item_id, c.unit, c.kind as case_kind, c.frequent, m.moment, m.step_no, m.since,
       case when m.state <> 'open' then m.state when m.since is null then 'new' else 'reopened' end as kind,
       case when m.state = 'open' then 1 else -1 end as step
from change as m
join case_fact as c using (app_id)
