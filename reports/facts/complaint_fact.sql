-- Complaints, under the unit that answers for them now.
create view complaint_fact as select c.* replace (coalesce(u.now, c.unit_id, '-') as unit_id) from complaint as c left join unit_now as u using (unit_id)
