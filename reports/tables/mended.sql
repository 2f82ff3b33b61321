-- 上期问题整改：统计期开始以前发现、那时尚未销号的问题；截至统计截止已销号、逾期未销号的
select count(*) as problems, count(*) filter (where closed_at < getvariable('cut')) as mended,
       count(*) filter (where due_at < getvariable('cut') and coalesce(closed_at, 'infinity') >= getvariable('cut')) as late
from problem
where found_at < getvariable('t0') and coalesce(closed_at, 'infinity') >= getvariable('t0')
