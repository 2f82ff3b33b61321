-- R25 共享账号线索：一天内用过4台以上设备的账号、5分钟内在两地登录的账号、5个以上办理人共用的设备；只是线索，不是结论
with login as (select * from login_log where in_period(ts) and result = '成功')
select account_id as key, null as unit, 'devices' as part from login group by account_id, ts::date having count(distinct device_hash) >= 4
union all
select distinct a.account_id, null, 'places' from login as a join login as b
  on a.account_id = b.account_id and a.geo_code <> b.geo_code and b.ts > a.ts and b.ts <= a.ts + interval 5 minute
union all
select l.device_hash, null, 'device' from login as l where l.account_id in (select account_id from role_grant)
group by l.device_hash having count(distinct l.account_id) >= 5
