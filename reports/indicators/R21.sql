-- R21 未经审批的批量导出：统计期内一次导出1000行以上而没有审批编号的
select export_id as key, coalesce(unit_id, '-') as unit, null as part from export_log
where in_period(ts) and rows >= 1000 and coalesce(approval_id, '') = ''
