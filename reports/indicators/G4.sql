-- G4 咨询平均答复时长：统计期内答复的咨询自收到至答复的工作日数（当日不计），取平均
select coalesce(c.unit_id, '') as unit, '' as part, sum(b.number - a.number) as numerator, count(*) as denominator,
       sum(b.number - a.number) / nullif(count(*), 0) as value
from consult_fact as c
join work_day as a on a.day = c.received_at::date
join work_day as b on b.day = c.answered_at::date
where in_period(c.answered_at)
group by grouping sets ((), (c.unit_id))
