-- The balance: each change of a case between open and not open, by its time. Overwritten columns play no part.
--
--     受理 → open (new) → 办结 → closed → 重办 → open (reopened) → …        撤回 作废 → void; so does 办结 as 作废办结 or 删除办结
--
-- `step` is +1 into open and -1 out of it, `since` the time of the change before.
create table movement as
with dated as (
    select app_id, moment, 'open' as state, 0 as rank, 0 as step_no from acceptance
    union all
    select a.app_id, a.moment,
           case when a.action = '重办' then 'open'
                when a.action = '办结' and coalesce(c.close_result, '') not in ('2', '3') then 'closed'
                else 'void' end,
           1, a.step_no
    from act as a
    join acceptance as f using (app_id)
    join case_fact as c using (app_id)
    where a.action in ('办结', '撤回', '作废', '重办') and a.moment >= f.moment
),
followed as (
    select *, lag(state, 1, '') over (partition by app_id order by moment, rank, step_no) as before from dated
),
changes as (
    select * from followed where (state = 'open') <> (before = 'open')
)
select m.app_id, c.item_id, c.unit, c.kind as case_kind, c.frequent, m.moment, m.step_no,
       lag(m.moment) over w as since,
       case when m.state <> 'open' then m.state when row_number() over w = 1 then 'new' else 'reopened' end as kind,
       case when m.state = 'open' then 1 else -1 end as step
from changes as m
join case_fact as c using (app_id)
window w as (partition by m.app_id order by m.moment, m.rank, m.step_no)
