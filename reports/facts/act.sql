-- What was done to a case until the cut-off. A 受理 that ends 不予受理 accepts nothing: it is a refusal.
create table act as
select s.app_id, s.step_no, s.acted_at as moment,
       case when s.action = '受理' and s.result = '不予受理' then '不予受理' else s.action end as action
from application_step as s
join case_fact as c using (app_id)
where s.action is not null and s.acted_at < getvariable('cut')
