-- H4 数据同步成功率：统计期至统计截止内核对一致的同步运行 ÷ 全部运行；另列数据集的时效和质量
-- fresh: datasets read for their proof at or after the cut-off; quality: rows that were not quarantined
with run as (
    select status in ('proved', 'unchanged', 'proved_with_exceptions', 'acknowledged') as good
    from sync_run
    where finished_at >= getvariable('t0') and finished_at < getvariable('cut')
)
select '' as unit, '' as part, count(*) filter (where good) as numerator, count(*) as denominator,
       count(*) filter (where good) / nullif(count(*), 0) as value
from run
union all
select '', 'fresh', count(*) filter (where read_at >= getvariable('frozen_until')), count(*),
       count(*) filter (where read_at >= getvariable('frozen_until')) / nullif(count(*), 0)
from proof
union all
select '', 'quality', sum(rows), sum(rows + quarantined), sum(rows) / nullif(sum(rows + quarantined), 0)
from proof
