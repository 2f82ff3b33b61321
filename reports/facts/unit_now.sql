-- Units that were renamed or merged answer under their successor, as it stands at the end of the reported period (units_at).
create table unit_now as
with recursive chain as (
    select unit_id, unit_id as now, 0 as steps from org_unit
    union all
    select c.unit_id, u.successor_id, c.steps + 1
    from chain as c join org_unit as u on u.unit_id = c.now
    where u.successor_id is not null and u.valid_to < getvariable('units_at') and c.steps < 10
)
select unit_id, arg_max(now, steps) as now from chain group by unit_id
