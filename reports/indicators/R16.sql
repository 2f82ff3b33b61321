-- R16 未经审批已上线的事项：有申请记录以来上线的事项中，网上办理的没有综合办公室同意、办事指南没有分管领导审核的
select i.item_id as key, i.unit, null as part
from live_item as i
where i.online_at >= (select min(executed_at)::date from item_request where kind = 'online') and not exists (
    from item_request as q
    where q.item_id = i.item_id and q.kind = 'online'
      and case when i.guide then q.lead_reviewed_at < getvariable('t1') else q.office_decision = '同意' and q.office_decided_at < getvariable('t1') end
)
