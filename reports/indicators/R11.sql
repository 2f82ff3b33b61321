-- R11 应急预案：在线网上办理事项没有线下应急预案的，或预案12个月未复核的
select i.item_id as key, i.unit, case when p.plan_id is null then 'none' else 'stale' end as part
from live_item as i
left join contingency_plan as p on p.plan_id = i.contingency_plan_id
where not i.guide and coalesce(p.reviewed_at < getvariable('t1') - interval 12 month, true)
