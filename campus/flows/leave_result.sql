-- 已办结的学生请假，假名键换回学号：只有这一处需要
select
  c.id as app_id,
  u.account as student_no,
  f.leave_type,
  f.leave_from,
  f.leave_to,
  f.days,
  case when c.finish_code in ('0', '6') then 1 else 0 end as granted,
  c.finish_time as closed_at
from hall_case as c
join hall_form_leave as f on f.case_id = c.id
join hall_user as u on u.uid = c.uid
where c.finish_time is not null
