-- a case begins with its first submission; one that was never submitted is a draft and stays outside
select e.case_id as app_id, e.item_id,
       min(case when e.activity like '%SUBMITTED%' then e.local_at end) as submitted_at,
       min(case when e.activity = 'Payment Handled' then e.local_at end) as closed_at
from (
    select case_id, 'declaration' as item_id, activity, replace(substr(local_at, 1, 19), 'T', ' ') as local_at from declaration_event
    union all
    select case_id, 'payment', activity, replace(substr(local_at, 1, 19), 'T', ' ') from payment_event
) as e
group by e.case_id, e.item_id
having min(case when e.activity like '%SUBMITTED%' then e.local_at end) is not null
