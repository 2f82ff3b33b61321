-- R15 未上网的事项：期末在线而没有网上办理、也没有经批准的例外的事项；另列仍收线下件的网上办理事项
select item_id as key, unit, null as part from live_item
where guide and item_name not in (
    select item_name from exception_register where approved_at < getvariable('t1') and coalesce(valid_to, 'infinity'::date) >= getvariable('t1')
)
union all
select distinct m.item_id, m.unit, 'offline'
from movement as m join application as a using (app_id)
where m.kind = 'new' and in_period(m.moment) and a.apply_channel = '线下'
