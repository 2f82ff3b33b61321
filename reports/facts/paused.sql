-- Working days on which the clock of a closed case stood, counted as all working days are: without the first.
-- Overlapping pauses count once.
create table paused as
select m.app_id, m.moment, count(distinct d.day) as days
from movement as m
join application_pause as p on p.app_id = m.app_id
join work_day as d
  on d.works and d.day > greatest(p.started_at, m.since)::date and d.day <= least(coalesce(p.ended_at, m.moment), m.moment)::date
where m.kind = 'closed' and in_period(m.moment)
group by all
