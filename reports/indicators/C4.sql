-- C4 平均首次响应时长：自提交至部门首次处理经过的小时数，只计工作日，取平均
-- whole seconds, so that the sum does not depend on the order of the rows
select coalesce(unit, '') as unit, '' as part, sum(work_seconds) / 3600 as numerator, count(*) as denominator,
       sum(work_seconds) / 3600 / nullif(count(*), 0) as value
from response
where work_seconds is not null
group by grouping sets ((), (unit))
