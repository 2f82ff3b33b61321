-- R01 超过12个月未更新的办事指南：期末在线、指南更新日期空缺或早于12个月前的事项
select item_id as key, unit, null as part from live_item where coalesce(guide_updated_at < getvariable('t1') - interval 12 month, true)
