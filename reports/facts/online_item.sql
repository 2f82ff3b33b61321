-- Items that are handled online; 办事指南 only inform and never enter case indicators.
create view online_item as select * from service_item where coalesce(item_type, '') <> '办事指南'
