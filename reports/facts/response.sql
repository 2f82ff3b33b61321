-- How soon a department first did something with what was submitted in the period: in working days, and in seconds of working days.
-- The time that has passed until a moment, in seconds of working days, is 86400 a working day before, and of its own day what has passed.
create table response as
with first_act as (
    select s.app_id, s.unit, s.moment as asked, min(a.moment) as answered
    from submission as s
    left join act as a on a.app_id = s.app_id and a.moment >= s.moment
        and a.action in ('受理', '不予受理', '审核', '审批', '转办', '退回', '办结')
    where in_period(s.moment)
    group by all
)
select f.app_id, f.unit, f.asked, f.answered, b.number - a.number as workdays,
       (b.number - b.works::bigint) * 86400 + b.works::bigint * date_diff('second', date_trunc('day', f.answered), f.answered)
       - (a.number - a.works::bigint) * 86400 - a.works::bigint * date_diff('second', date_trunc('day', f.asked), f.asked) as work_seconds,
       coalesce(b.number - a.number <= getvariable('sign_days'), false) or t.number - a.number > getvariable('sign_days') as sign_due
from first_act as f
left join work_day as a on a.day = f.asked::date
left join work_day as b on b.day = f.answered::date
left join work_day as t on t.day = (getvariable('cut') - interval 1 microsecond)::date
