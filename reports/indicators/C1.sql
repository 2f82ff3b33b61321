-- C1 平均办理时长：办结件自受理至办结的工作日数（受理当日不计），减去暂停的工作日，取平均
select coalesce(unit, '') as unit, '' as part, sum(workdays) as numerator, count(*) as denominator,
       sum(workdays) / nullif(count(*), 0) as value
from handling
group by grouping sets ((), (unit))
