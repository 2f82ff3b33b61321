-- R03 没有有效办理人的环节：在线事项的流程环节中，期末没有在册且在岗的备案办理人的
select d.item_id || ':' || d.step_no as key, i.unit, null as part
from process_step_def as d
join live_item as i using (item_id)
where not i.guide and not exists (
    from step_assignee as s join person as p using (person_key)
    where s.item_id = d.item_id and s.step_no = d.step_no and coalesce(s.valid_to >= getvariable('t1'), true) and p.status = '在校'
)
