-- How long the cases took that were closed in the period: in working days from acceptance without pauses, in seconds from submission.
-- A case that was closed, reopened and closed again counts its second handling from the reopening.
create table handling as
select m.app_id, m.item_id, m.unit, m.case_kind, m.frequent, m.since, m.moment as closed_at,
       -- a day beyond the calendar leaves this NULL, and the measure refuses it: greatest() alone would make it 0
       case when a.number is not null and b.number is not null then greatest(b.number - a.number - coalesce(p.days, 0), 0) end as workdays,
       date_diff('second', case when m.since = c.accepted then coalesce(c.submitted, m.since) else m.since end, m.moment) as seconds,
       exists (from act as r where r.app_id = m.app_id and r.action in ('退回', '补正') and r.moment <= m.moment) as returned
from movement as m
join course as c using (app_id)
left join work_day as a on a.day = m.since::date
left join work_day as b on b.day = m.moment::date
left join paused as p on p.app_id = m.app_id and p.moment = m.moment
where m.kind = 'closed' and in_period(m.moment)
