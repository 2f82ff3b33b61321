-- S6 管理员多因素认证覆盖率：启用的管理员账号中启用多因素认证的÷启用的管理员账号
select '' as unit, '' as part, count(*) filter (where mfa) as numerator, count(*) as denominator, count(*) filter (where mfa) / nullif(count(*), 0) as value
from account where state = '启用' and account_type = '管理员'
