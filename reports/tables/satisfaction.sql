-- 真实评价的构成：全校，以及真实评价不少于最低基数的部门（主管事项口径）
select unit, count(*) as rated,
       count(*) filter (where level = 5) as l5, count(*) filter (where level = 4) as l4, count(*) filter (where level = 3) as l3,
       count(*) filter (where level = 2) as l2, count(*) filter (where level = 1) as l1
from (select coalesce(unit, '') as unit, level from ratable where rated union all select '', level from ratable where rated) as r
group by unit
having unit = '' or rated >= getvariable('least')
order by unit = '' desc, rated desc, unit
limit 11
