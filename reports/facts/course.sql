-- The course of a case until the cut-off, found in one pass over what was done to it: when it was submitted and accepted, and how it ended.
-- Its first 受理 accepts it. Where there is none, submitting does if the edition says so (without_accept_step) or if it was closed all
-- the same; what was refused was not accepted. A draft was never submitted, and is outside everything.
-- Nearly every case ends once, if at all (`ends`): only then do `ended`, `step_no` and `state` tell the end; turn.sql follows the others.
create table course as
with told as (
    select app_id,
           min(moment) filter (where action = '提交') as submitted,
           min(moment) filter (where action = '受理') as received,
           bool_or(action = '不予受理') as refused,
           bool_or(action = '办结') as closed,
           count(*) filter (where action in ('办结', '撤回', '作废', '重办')) as ends,
           min(moment) filter (where action in ('办结', '撤回', '作废', '重办')) as ended,
           min(step_no) filter (where action in ('办结', '撤回', '作废', '重办')) as step_no,
           min(action) filter (where action in ('办结', '撤回', '作废', '重办')) as ending
    from act
    group by app_id
)
select app_id, c.item_id, c.unit, c.kind as case_kind, c.frequent, c.due_at, t.submitted, t.ends, t.ended, t.step_no,
       case when t.received is not null then t.received
            when not t.refused and (getvariable('without_accept_step') or t.closed) then t.submitted end as accepted,
       end_state(t.ending, c.close_result) as state
from told as t
join case_fact as c using (app_id)
