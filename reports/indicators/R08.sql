-- R08 部门报备：有在线事项的部门中，分管领导或部门管理员空缺，或6个月未确认的
with post as (
    select distinct unit, role from live_item, (select unnest(['分管领导', '部门管理员']) as role)
),
held as (
    select p.unit, p.role, max(c.confirmed_at) as confirmed_at
    from post as p
    left join unit_now as u on u.now = p.unit
    left join dept_contact as c on c.unit_id = u.unit_id and c.role = p.role and c.filed_at < getvariable('t1') and coalesce(c.ended_at >= getvariable('t1'), true)
    group by all
)
select unit || ':' || role as key, unit, case when confirmed_at is null then 'vacant' else 'stale' end as part
from held where coalesce(confirmed_at < getvariable('t1') - interval 6 month, true)
