-- S4 长期未用账号：启用账号中90天以上没有登录成功的
select account_id as key, null as unit, null as part from account
where state = '启用' and created_at < getvariable('t1') - interval 90 day and coalesce(last_login_at < getvariable('t1') - interval 90 day, true)
