-- E6 零办件事项：整个窗口在线而没有申请的网上办理事项数，窗口为截至期末的1、3、12个月
-- A seasonal item counts only if its season lies in the window; an item handled in another system whose cases are not collected does not
-- count; neither does a window that begins before the data do.
with windows as (
    select months, (getvariable('t1') - to_months(months))::timestamp as opens,
           list_transform(range(months), lambda n: month((getvariable('t1') - interval 1 day - to_months(n))::timestamp)) as calendar
    from (select unnest([1, 3, 12]) as months)
),
seen as (
    select item_id, max(moment) as last from submission where moment < getvariable('t1') group by item_id
),
watched as (
    select w.months, coalesce(s.last < w.opens, true) as idle
    from online_item as i
    cross join windows as w
    left join seen as s using (item_id)
    where i.online_at <= w.opens and coalesce(i.offline_at, 'infinity'::date) >= getvariable('t1')
      and (i.handled_in is null or s.last is not null)
      and (i.season_months is null
           or list_has_any(w.calendar, list_transform(string_split(i.season_months, ','), lambda m: try_cast(trim(m) as bigint))))
      and w.opens >= (select date_trunc('month', min(moment)) from submission)
)
select '' as unit, cast(months as varchar) as part, count(*) filter (where idle) as numerator, count(*) as denominator,
       count(*) filter (where idle) as value
from watched
group by months
order by months
