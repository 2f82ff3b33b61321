-- R24 弱口令账号：启用账号中身份平台评定为弱口令的、初始口令未改的、管理员90天或普通账号365天未改口令的
select account_id as key, null as unit,
       case when pwd_grade = '弱' then 'weak' when pwd_changed_at is null then 'initial' else 'old' end as part
from account
where state = '启用' and created_at < getvariable('t1')
  and (pwd_grade = '弱' or pwd_changed_at is null or pwd_changed_at < getvariable('t1') - to_days(case when account_type = '管理员' then 90 else 365 end))
