-- Roles that were held when the period ended, by account and person; whoever moves to another unit keeps the roles of the new one.
create view active_grant as
select g.*, a.person_key, a.state as account_state, coalesce(u.now, g.scope_unit, '-') as unit
from role_grant as g
left join account as a using (account_id)
left join unit_now as u on u.unit_id = g.scope_unit
where g.granted_at < getvariable('t1') and coalesce(g.revoked_at >= getvariable('t1'), true)
