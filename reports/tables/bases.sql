-- What stands outside the bases, so that the report can say it: limits that were not promised, and cases that cannot be counted.
with unlimited as (
    select item_id from online_item
    where promise_days is null and coalesce(case_type, '') <> '即办件'
      and coalesce(online_at, '-infinity'::date) < getvariable('t1') and coalesce(offline_at, 'infinity'::date) >= getvariable('t1')
),
fresh as (
    select c.kind, c.due_at, c.excluded from movement as m join case_fact as c using (app_id) where m.kind = 'new' and in_period(m.moment)
),
elsewhere as (
    select item_id, item_id in (select item_id from submission) as collected from online_item where handled_in is not null
),
begun as (
    select min(moment) as moment from movement
),
orphan as (
    select app_id from application where not coalesce(is_test, false) and coalesce(item_id, '') not in (select item_id from service_item)
)
select (select count(*) from unlimited) as items_without_limit,
       (select count(*) from fresh where kind = '未设承诺时限') as cases_without_limit,
       (select count(*) from fresh where kind <> '未设承诺时限' and due_at is null and not excluded) as cases_without_due,
       (select count(distinct app_id) from excluded) as excluded,
       (select count(*) from act where action = '不予受理' and in_period(moment)) as refused,
       (select count(*) from orphan) as unknown_item,
       (select coalesce(moment < getvariable('t0') and moment::date > (select min(day) from work_day where works and day >= getvariable('before')::date), false)
        from begun) as begun,
       (select count(*) from elsewhere) as elsewhere,
       (select count(*) from elsewhere where not collected) as uncollected
