-- R23 异常登录线索：10分钟内连续失败5次以上的账号、20个以上账号失败的网段、离岗生效后登录成功的账号；另列办理人0至5时办理的账号
with failed as (
    select *, lag(ts, 4) over (partition by account_id order by ts, log_id) as fifth from login_log where in_period(ts) and result <> '成功'
)
select distinct account_id as key, null as unit, 'burst' as part from failed where ts - fifth <= interval 10 minute
union all
select ip_net, null, 'spray' from failed group by ip_net having count(distinct account_id) >= 20
union all
select distinct l.account_id, null, 'left' from login_log as l join account as a using (account_id) join left_person as p using (person_key)
where in_period(l.ts) and l.result = '成功' and l.ts > p.effective_at and p.kind in ('离职', '毕业')
union all
select distinct actor_key, null, 'night' from application_step where in_period(acted_at) and hour(acted_at) < 5 and action in ('受理', '审核', '审批', '办结')
