-- H5 移动端占比：统计期内登录成功中使用移动端的 ÷ 登录成功次数
select '' as unit, '' as part, count(*) filter (where client = '移动') as numerator, count(*) as denominator,
       count(*) filter (where client = '移动') / nullif(count(*), 0) as value
from login_log where result = '成功' and in_period(ts)
