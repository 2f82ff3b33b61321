-- R05 可用率未达99.5%的月份：统计期内计划外不可用分钟超过当月总分钟0.5%的月份
select strftime(month, '%Y-%m') as key, null as unit, null as part
from uptime
where month >= getvariable('t0')::date and month < getvariable('t1')::date
  and down_minutes > 0.005 * date_diff('minute', month::timestamp, (month + interval 1 month)::timestamp)
