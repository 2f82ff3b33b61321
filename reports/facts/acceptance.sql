-- When a case was accepted: by its first 受理. Where there is none, submitting accepts it if the edition says so (without_accept_step)
-- or if it was closed all the same; what was refused was not accepted.
create table acceptance as
select app_id, coalesce(min(moment) filter (where action = '受理'), min(moment) filter (where action = '提交')) as moment
from act
group by app_id
having bool_or(action = '受理')
    or bool_or(action = '提交') and not bool_or(action = '不予受理') and (getvariable('without_accept_step') or bool_or(action = '办结'))
