-- R02 上线申请审批：上线申请超过5个工作日未批的，或综合办公室先于信息资源部确认批准的
with asked as (
    select q.*, coalesce(u.now, q.applied_by_unit, '-') as unit
    from item_request as q
    join online_item as i using (item_id)
    left join unit_now as u on u.unit_id = q.applied_by_unit
    where q.kind = 'online' and (in_period(q.applied_at) or in_period(q.office_decided_at) or q.office_decided_at is null and q.applied_at < getvariable('t1'))
)
select q.request_id as key, q.unit, 'late' as part
from asked as q
join work_day as a on a.day = q.applied_at::date
join work_day as b on b.day = coalesce(q.office_decided_at, getvariable('cut') - interval 1 microsecond)::date
where b.number - a.number > 5
union all
select request_id, unit, 'order' from asked
where office_decided_at is not null and coalesce(tech_confirmed_at > office_decided_at, true)
