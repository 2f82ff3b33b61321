-- R27 安全事件：统计期内发生的安全事件中整改逾期的；另列事件数
select incident_id as key, coalesce(unit_id, '-') as unit, null as part from incident
where occurred_at < getvariable('t1') and coalesce(closed_at >= getvariable('t0'), true) and due_at < least(coalesce(closed_at, 'infinity'::timestamp), getvariable('cut'))
union all
select incident_id, coalesce(unit_id, '-'), 'occurred' from incident where in_period(occurred_at)
