-- two items, owned by the administration that pays
select 'declaration' as item_id, '差旅报销' as item_name, '网上办理' as item_type, 'ADMINISTRATION' as owner_unit_id, '2016-01-01' as online_at
union all
select 'payment', '付款申请', '网上办理', 'ADMINISTRATION', '2016-01-01'
