-- S5 日志留存天数：统计期末距登录日志最早一日的天数
select '' as unit, '' as part, null as numerator, 1 as denominator, date_diff('day', min(ts)::date, getvariable('t1')::date) as value
from login_log where ts < getvariable('t1')
