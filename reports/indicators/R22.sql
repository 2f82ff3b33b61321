-- R22 非统一认证登录：统计期内不经统一身份认证登录成功的次数；另列期末有效的本地账号
select log_id as key, null as unit, null as part from login_log where in_period(ts) and result = '成功' and auth_source <> '统一认证'
union all
select account_id, null, 'local' from account where auth_source = '本地' and state = '启用'
