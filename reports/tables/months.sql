-- 近十三个月新收与办结
select strftime(date_trunc('month', moment), '%Y-%m') as month, count(*) filter (where kind = 'new') as new,
       count(*) filter (where kind = 'closed') as closed
from movement
where moment >= date_trunc('month', getvariable('t1') - interval 1 day) - interval 12 month and moment < getvariable('t1')
group by 1
order by 1
