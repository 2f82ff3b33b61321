-- R17 无授权的数据共享：统计期内在协议生效期外、停用期间或没有协议时交付过数据的应答；另列被拒绝的请求
select d.seq::varchar as key, null as unit, null as part
from delivery as d
left join agreement as a on a.name = d.agreement
where in_period(d.answered_at) and d.rows > 0 and d.agreement is not null
  and (a.name is null or a.state <> 'active' or d.answered_at::date < a.valid_from or d.answered_at::date > a.valid_to)
union all
select seq::varchar, null, 'refused' from delivery where in_period(answered_at) and outcome like 'refused%'
