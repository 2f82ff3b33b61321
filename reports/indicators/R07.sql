-- R07 逾期未修的漏洞：紧急24小时、高危72小时、其他30天内未修复的漏洞
select vuln_id as key, null as unit, null as part
from vuln_scan
where found_at < getvariable('t1') and coalesce(fixed_at >= getvariable('t0'), true)
  and found_at + to_hours(case severity when '紧急' then 24 when '高危' then 72 else 720 end) < coalesce(fixed_at, getvariable('cut'))
