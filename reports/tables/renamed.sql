-- 本期或上期内更名、合并的单位
select o.unit_name as old, n.unit_name as new, o.valid_to as at
from org_unit as o
join unit_now as u on u.unit_id = o.unit_id and u.now <> o.unit_id
join org_unit as n on n.unit_id = u.now
where o.valid_to >= getvariable('before')
order by o.valid_to, o.unit_id
