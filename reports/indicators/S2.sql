-- S2 处置时长：统计期内停用的离岗人员办理权限自报备至停用的工作日数，取平均（信息资源部）
with held as (
    select l.event_id, l.unit, l.reported_at, max(g.revoked_at) as revoked_at
    from left_person as l
    join account as a using (person_key)
    join role_grant as g on g.account_id = a.account_id and g.granted_at < l.effective_at and (l.kind <> '调岗' or g.scope_unit = l.unit_id)
    where l.reported_at is not null
    group by all
    having bool_and(g.revoked_at is not null)
)
select coalesce(h.unit, '') as unit, '' as part, sum(greatest(b.number - a.number, 0)) as numerator, count(*) as denominator,
       sum(greatest(b.number - a.number, 0)) / nullif(count(*), 0) as value
from held as h
join work_day as a on a.day = h.reported_at::date
join work_day as b on b.day = h.revoked_at::date
where in_period(h.revoked_at)
group by grouping sets ((), (h.unit))
