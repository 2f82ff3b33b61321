-- R26 审核不严线索：打开后5秒内审批且连续20件以上的办理人、自己审批自己申请的办件、审批200件以上全部通过的办理人；只是线索
with judged as (
    select s.app_id, s.step_no, s.actor_key, s.result, s.acted_at, s.acted_at - s.opened_at < interval 5 second as swift
    from application_step as s where s.action in ('审核', '审批') and in_period(s.acted_at)
),
run as (
    select actor_key, swift, row_number() over (partition by actor_key order by acted_at, app_id, step_no)
              - row_number() over (partition by actor_key, swift order by acted_at, app_id, step_no) as run
    from judged
    where actor_key in (select actor_key from judged where swift group by actor_key having count(*) >= 20)
)
select distinct actor_key as key, null as unit, 'swift' as part from (select actor_key from run where swift group by actor_key, run having count(*) >= 20)
union all
select distinct j.app_id, null, 'own' from judged as j join application as a using (app_id) where a.applicant_key = j.actor_key
union all
select actor_key, null, 'all' from judged where actor_key is not null group by actor_key
having count(*) >= 200 and bool_and(coalesce(result, '') in ('通过', '同意', '审核', '审批', ''))
