-- events as dated actions: the first submission submits, later ones answer a return; a rejection returns, and where the employee's own
-- rejection is the last event it withdraws; payment closes. What came before the first submission is drafting and stays outside.
select case_id || '-' || event_no as step_id, case_id as app_id, event_no as step_no, activity as step_name,
       case
           when activity like '%SUBMITTED%' and event_no = first_submission then '提交'
           when activity like '%SUBMITTED%' then '补正'
           when activity like '%REJECTED by EMPLOYEE' and event_no = last_event then '撤回'
           when activity like '%REJECTED%' then '退回'
           when activity like '%APPROVED%' then '审批'
           when activity = 'Payment Handled' then '办结'
           else '审核'
       end as action,
       case when role in ('MISSING', 'UNDEFINED', 'UNKNOWN') then null else role end as actor_unit_id,
       coalesce(before_at, local_at) as arrived_at, local_at as acted_at
from (
    select case_id, event_no, activity, role, local_at,
           lag(local_at) over (partition by case_id order by event_no) as before_at,
           min(case when activity like '%SUBMITTED%' then event_no end) over (partition by case_id) as first_submission,
           max(event_no) over (partition by case_id) as last_event
    from (
        select case_id, event_no, activity, role, replace(substr(local_at, 1, 19), 'T', ' ') as local_at from declaration_event
        union all
        select case_id, event_no, activity, role, replace(substr(local_at, 1, 19), 'T', ' ') from payment_event
    ) as events
) as e
where event_no >= first_submission
