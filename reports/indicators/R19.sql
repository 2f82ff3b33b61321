-- R19 事项下线：统计期内下线的事项没有经批准的申请、下线后仍有新办件，或保留的办件少于下线时的
with retired as (
    select i.item_id, coalesce(u.now, i.owner_unit_id, '-') as unit, i.offline_at
    from service_item as i left join unit_now as u on u.unit_id = i.owner_unit_id
    where i.offline_at >= getvariable('t0') and i.offline_at < getvariable('t1')
)
select item_id as key, unit, 'unapproved' as part from retired as r
where not exists (from item_request as q where q.item_id = r.item_id and q.kind = 'offline' and q.office_decision = '同意' and q.office_decided_at <= r.offline_at + interval 1 day)
union all
select distinct r.item_id, r.unit, 'after' from retired as r join submission as s using (item_id) where s.moment >= r.offline_at + interval 1 day
union all
select r.item_id, r.unit, 'lost' from retired as r join item_request as q using (item_id)
where q.kind = 'offline' and q.retained_rows > (select count(*) from application as a where a.item_id = r.item_id)
