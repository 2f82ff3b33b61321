-- R18 未经审批的变更：统计期内生效而没有审批或先生效后审批的事项变更，以及版本不连续的
with change as (
    select c.*, i.unit, lag(c.version) over (partition by c.item_id order by c.version) as previous
    from item_change as c join live_item as i using (item_id)
)
select change_id as key, unit, 'unapproved' as part from change where in_period(effective_at) and coalesce(approved_at > effective_at, true)
union all
select change_id, unit, 'gap' from change where in_period(effective_at) and version <> previous + 1
