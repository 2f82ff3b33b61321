-- R13 离岗人员仍有办理权限：离职、退休、调岗、毕业生效后，统计截止时原单位的办理权限仍有效的人；另列统计期内处置超过1个工作日、报备超过5个工作日的
with held as (
    select l.event_id, l.person_key, l.unit, l.effective_at, l.reported_at, max(coalesce(g.revoked_at, 'infinity'::timestamp)) as revoked_at
    from left_person as l
    join account as a using (person_key)
    join role_grant as g on g.account_id = a.account_id and g.granted_at < l.effective_at and (l.kind <> '调岗' or g.scope_unit = l.unit_id)
    where coalesce(g.revoked_at > l.effective_at, true)
    group by all
)
select person_key as key, unit, null as part from held where revoked_at >= getvariable('cut')
union all
select h.event_id, h.unit, 'disposed_late' from held as h
join work_day as a on a.day = h.reported_at::date
join work_day as b on b.day = least(h.revoked_at, getvariable('cut') - interval 1 microsecond)::date
where in_period(h.reported_at) and b.number - a.number > 1
union all
select h.event_id, h.unit, 'reported_late' from held as h
join work_day as a on a.day = h.effective_at::date
join work_day as b on b.day = least(coalesce(h.reported_at, 'infinity'::timestamp), getvariable('cut') - interval 1 microsecond)::date
where in_period(h.effective_at) and b.number - a.number > 5
