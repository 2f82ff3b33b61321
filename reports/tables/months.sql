-- 近十三个月新收、办结与按时办结率；按时以统计截止时所知为准，没有应办结件的月份没有按时率；数据自月中才有的月份不列，本月除外
with begun as (
    select min(moment) as moment from movement
),
month as (
    select unnest(generate_series(date_trunc('month', getvariable('t1') - interval 1 day) - interval 12 month,
                                  date_trunc('month', getvariable('t1') - interval 1 day), interval 1 month)) as start
),
moved as (
    select date_trunc('month', moment) as start, count(*) filter (where kind = 'new') as new, count(*) filter (where kind = 'closed') as closed
    from movement where moment < getvariable('t1') group by 1
),
fell as (
    -- a limit that ends at 24:00 is written as 0:00 of the next day and belongs to the day it ends
    select date_trunc('month', due_at - interval 1 microsecond) as start, count(*) as due, count(*) filter (where closed_at <= due_at) as on_time
    from ending
    where due_at <= getvariable('t1') and state <> 'void'
    group by 1
)
select strftime(month.start, '%Y-%m') as month, coalesce(new, 0) as new, coalesce(closed, 0) as closed, on_time / nullif(due, 0) as on_time
from month
left join moved on moved.start = month.start
left join fell on fell.start = month.start
cross join begun
where begun.moment < getvariable('t1') and month.start = date_trunc('month', getvariable('t1') - interval 1 day)
   or begun.moment < month.start
   or begun.moment::date <= (select min(day) from work_day where works and day >= month.start and day < month.start + interval 1 month)
order by month.start
