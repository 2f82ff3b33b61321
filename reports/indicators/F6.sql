-- F6 差评整改率：整改期限在统计期内届满的差评中截至统计截止已整改的 ÷ 应整改；另列按时整改率
with counted as (
    select c.unit, coalesce(r.rectified_at < getvariable('cut'), false) as done, coalesce(r.rectified_at <= r.due_at, false) as on_time
    from rating_rectify as r
    join rating as g using (rating_id)
    join case_fact as c on c.app_id = g.app_id
    where r.due_at > getvariable('t0') and r.due_at <= getvariable('t1') and coalesce(r.result, '') not in ('误评', '恶意')
)
select coalesce(unit, '') as unit, '' as part, count(*) filter (where done) as numerator, count(*) as denominator,
       count(*) filter (where done) / nullif(count(*), 0) as value
from counted
group by grouping sets ((), (unit))
union all
select coalesce(unit, ''), 'on_time', count(*) filter (where on_time), count(*), count(*) filter (where on_time) / nullif(count(*), 0)
from counted
group by grouping sets ((), (unit))
