-- R14 离岗交接：离岗人员名下统计截止时仍未办的环节，以及统计期内离岗而没有交接或保密承诺记录的有权限人员
select s.app_id || ':' || s.step_no as key, l.unit, 'tasks' as part
from left_person as l
join application_step as s on s.actor_key = l.person_key and s.actor_unit_id = l.unit_id
join case_fact as c using (app_id)
left join ending as e using (app_id)
where s.arrived_at < getvariable('cut') and coalesce(s.acted_at >= getvariable('cut'), true) and coalesce(e.state = 'open', true)
union all
select l.event_id, l.unit, 'handover'
from left_person as l
where in_period(l.effective_at) and exists (from account as a join role_grant as g using (account_id) where a.person_key = l.person_key)
  and not exists (from handover as h where h.person_key = l.person_key and h.done_at < getvariable('cut') and h.confidentiality_signed_at < getvariable('cut'))
