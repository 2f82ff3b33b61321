-- When a case was first submitted.
create view submission as select app_id, item_id, unit, submitted as moment from course where submitted is not null
