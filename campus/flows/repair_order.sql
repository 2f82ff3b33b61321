-- 报修申请与它的表单：一件一行
select
  c.id as app_id,
  c.serial_no as app_no,
  f.fault_type,
  f.building,
  f.room,
  f.urgency,
  c.submit_time as submitted_at,
  c.accept_time as accepted_at,
  c.state as status,
  c.update_time as updated_at
from hall_case as c
join hall_form_repair as f on f.case_id = c.id
where c.accept_time is not null
