-- S7 登录失败：统计期内登录失败次数；另列锁定次数
select log_id as key, null as unit, case when result = '锁定' then 'locked' end as part from login_log where in_period(ts) and result <> '成功'
