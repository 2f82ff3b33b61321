-- Persons who left their post before the period ended, and when their unit reported it. Their accounts may live on; their roles may not.
create view left_person as
select e.event_id, e.person_key, coalesce(u.now, e.unit_id, '-') as unit, e.unit_id, e.kind, e.effective_at, e.reported_at
from hr_event as e
left join unit_now as u on u.unit_id = e.unit_id
where e.effective_at < getvariable('t1') and e.kind in ('离职', '退休', '调岗', '毕业')
