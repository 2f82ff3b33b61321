-- Cases of online items, under the unit that answers for the item. Tests stay out; so do cases whose item is unknown
-- (bases.sql counts them).
-- An item without a promise makes a case without limit: it never falls due.
-- A case that the office took out after a department objected keeps its place in the balance and never falls due.
create table case_fact as
select a.app_id, a.item_id, i.item_name, case when x.app_id is null then a.due_at end as due_at, x.app_id is not null as excluded, a.close_result, coalesce(u.now, i.owner_unit_id, '-') as unit,
       case when i.case_type = '即办件' then '即办件'
            when i.promise_days is null and a.due_at is null then '未设承诺时限'
            else '承诺件' end as kind,
       list_contains(getvariable('high_frequency'), i.item_name) as frequent
from application as a
join online_item as i using (item_id)
left join unit_now as u on u.unit_id = i.owner_unit_id
left join (select distinct app_id from excluded where step_no is null) as x on x.app_id = a.app_id
where not coalesce(a.is_test, false)
