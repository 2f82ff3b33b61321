-- 上年同期：新收、办结、应办结与按时办结；covered 表示办件数据早于上年同期开始
with span as (
    select getvariable('t0') - interval 1 year as t0, getvariable('t1') - interval 1 year as t1
),
fell as (
    select count(*) as due, count(*) filter (where closed_at <= due_at) as on_time
    from span, ending
    where due_at > span.t0 and due_at <= span.t1 and state <> 'void'
)
select (select count(*) from movement, span where kind = 'new' and moment >= span.t0 and moment < span.t1) as new,
       (select count(*) from movement, span where kind = 'closed' and moment >= span.t0 and moment < span.t1) as closed,
       fell.due, fell.on_time,
       (select coalesce(min(moment) < span.t0, false) from movement, span group by span.t0) as covered
from fell
