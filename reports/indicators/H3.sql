-- H3 线下应急启动：统计期内启动线下应急办理的次数；另列期间办件数和分钟数
with run as (
    select coalesce(cases, 0) as cases, date_diff('minute', started_at, coalesce(ended_at, getvariable('cut'))) as minutes
    from offline_run where in_period(started_at)
)
select '' as unit, '' as part, null as numerator, null as denominator, count(*) as value from run
union all
select '', 'cases', null, null, coalesce(sum(cases), 0) from run
union all
select '', 'minutes', null, null, coalesce(sum(minutes), 0) from run
