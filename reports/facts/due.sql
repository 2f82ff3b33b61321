-- 应办结: cases whose limit ends in the period. A limit that ends at 24:00 is written as 0:00 of the next day and belongs to the day it ends.
create table due as
select app_id, item_id, unit, case_kind, frequent, due_at, closed_at
from ending
where due_at > getvariable('t0') and due_at <= getvariable('t1') and state <> 'void'
