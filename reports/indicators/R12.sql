-- R12 权限与备案不一致：期末有效的授权中没有备案、备案已过期、角色超出备案或越部门的
select g.grant_id as key, g.unit,
       case when f.filing_id is null then 'no_filing'
            when f.valid_to < getvariable('t1') then 'expired'
            when f.role <> g.role or f.person_key is distinct from g.person_key then 'scope'
            else 'unit' end as part
from active_grant as g
left join authz_filing as f on f.filing_id = g.filing_id and f.filed_at < getvariable('t1')
left join unit_now as u on u.unit_id = f.unit_id
where f.filing_id is null or f.valid_to < getvariable('t1') or f.role <> g.role or f.person_key is distinct from g.person_key
   or coalesce(u.now, f.unit_id) is distinct from g.unit
