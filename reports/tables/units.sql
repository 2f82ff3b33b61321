-- 单位：按学校单位序
select unit_id, unit_name, coalesce(peer_group, unit_type, '—') as peer_group, u.now
from org_unit
left join unit_now as u using (unit_id)
order by list_order, unit_id
