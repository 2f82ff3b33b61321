-- 环节停留：统计期内办理的环节自到达至办理的平均工作日，到达当日不计；不少于最低基数的，前十
select s.step_name, count(*) as steps, sum(b.number - a.number) / count(*) as workdays
from step_fact as s
join work_day as a on a.day = s.arrived_at::date
join work_day as b on b.day = s.acted_at::date
where in_period(s.acted_at)
group by s.step_name
having steps >= getvariable('least')
order by workdays desc, s.step_name
limit 10
