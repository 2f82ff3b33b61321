-- H1 活跃用户：统计期内登录成功过的账号数；另列登录成功次数
with login as (select account_id from login_log where result = '成功' and in_period(ts))
select '' as unit, '' as part, null as numerator, null as denominator, count(distinct account_id) as value from login
union all
select '', 'logins', null, null, count(*) from login
