-- the roles that act; unknown ones are no unit
select role as unit_id, role as unit_name, '角色' as unit_type, row_number() over (order by role) as list_order
from (
    select role from declaration_event
    union
    select role from payment_event
) as roles
where role not in ('MISSING', 'UNDEFINED', 'UNKNOWN')
