-- What a unit had on its desk, by the unit that held it (办理环节口径): when it came, was due and was done. What applicants do is not theirs.
-- Only what the period asks for: what was done or fell due in it, and what is overdue at the cut-off.
-- Steps of void cases stay out, and those that the office took out after an objection never fall due;
-- a step that nobody will take any more, because its case is closed, waits for nobody.
create table step_fact as
select coalesce(u.now, s.actor_unit_id) as unit, s.app_id, s.step_no, s.step_name, s.arrived_at,
       case when not c.excluded and x.app_id is null then s.due_at end as due_at,
       case when s.acted_at < getvariable('cut') then s.acted_at end as acted_at,
       not c.excluded and x.app_id is null and s.due_at <= getvariable('cut') and coalesce(s.acted_at >= getvariable('cut'), true) and coalesce(e.state = 'open', true) as overdue
from application_step as s
join case_fact as c using (app_id)
left join ending as e using (app_id)
left join unit_now as u on u.unit_id = s.actor_unit_id
left join (select distinct app_id, step_no from excluded where step_no is not null) as x on x.app_id = s.app_id and x.step_no = s.step_no
where s.actor_unit_id is not null and s.arrived_at < getvariable('cut')
  and (in_period(s.acted_at) or s.due_at > getvariable('t0') and s.due_at <= getvariable('t1')
       or s.due_at <= getvariable('cut') and coalesce(s.acted_at >= getvariable('cut'), true))
  and coalesce(s.action, '') not in ('提交', '补正', '撤回', '作废', '重办') and coalesce(e.state, '') <> 'void'
  and not exists (from act as a where a.app_id = s.app_id and a.action in ('撤回', '作废') and e.app_id is null)
