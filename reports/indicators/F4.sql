-- F4 平均分：真实评价按五级折分取平均；分值见版本的 scores，由最差到最好
select coalesce(unit, '') as unit, '' as part, sum(getvariable('scores')[level]) as numerator, count(*) as denominator,
       sum(getvariable('scores')[level]) / nullif(count(*), 0) as value
from ratable
where rated and level between 1 and 5
group by grouping sets ((), (unit))
