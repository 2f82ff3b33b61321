-- The balance: each change of a case between open and not open, by its time. Overwritten columns play no part.
--
--     受理 → open (new) → 办结 → closed → 重办 → open (reopened) → …        撤回 作废 → void; so does 办结 as 作废办结 or 删除办结
--
-- `step` is +1 into open and -1 out of it, `since` the time of the change before.
create view movement as
select app_id, item_id, unit, case_kind, frequent, accepted as moment, 0 as step_no, null as since, 'new' as kind, 1 as step
from course
where ends <= 1 and accepted is not null
union all
select app_id, item_id, unit, case_kind, frequent, ended, step_no, accepted, state, -1
from course
where ends = 1 and ended >= accepted and state <> 'open'
union all
select app_id, item_id, unit, case_kind, frequent, moment, step_no, since,
       case when state <> 'open' then state when since is null then 'new' else 'reopened' end, case when state = 'open' then 1 else -1 end
from turn
