-- The table that every figure is measured on: applications of a service hall, fourteen columns of the usual kinds.
-- Chinese text with a character beyond the basic plane, timestamps to the microsecond, decimals, booleans, NULLs in four columns.
create table application (
    id bigint primary key,
    item_code varchar(32) not null,
    applicant_no varchar(20) not null,
    applicant_name varchar(64) not null,
    dept_code varchar(16) not null,
    status varchar(16) not null,
    submitted_at timestamp(6) not null,
    due_at timestamp(6),
    finished_at timestamp(6),
    score smallint,
    fee numeric(12, 2),
    is_online boolean not null,
    remark text,
    updated_at timestamp(6) not null
);
insert into application
with numbered as (
    select n, timestamp '2023-06-07 08:00:00' + n * interval '30 seconds' as submitted_at from generate_series(1, {rows}) as n
)
select
    n,
    'SX' || lpad((n % 180)::text, 5, '0'),
    '20' || lpad((n::bigint * 7919 % 100000000)::text, 8, '0'),
    (array['珠山', '灵山', '琅琊', '唐岛', '海青', '薛𬀩', '王台', '小珠山', '西海岸北', '藏马山风景区'])[1 + n % 10],
    'D' || lpad((n % 45)::text, 3, '0'),
    (array['受理', '办理中', '已办结', '退回', '撤销'])[1 + n::bigint * 31 % 5],
    submitted_at,
    submitted_at + interval '3 days',
    case when n % 5 <> 0 then submitted_at + interval '2 days 0.123456 seconds' end,
    case when n % 3 = 0 then 1 + n % 5 end,
    (n % 100000) / 100.0,
    n % 7 <> 0,
    case when {wide} then repeat('同意办理，材料已核验。', 20) || n when n % 4 = 0 then '材料齐全，同意办理。申请人已知晓相关规定，编号' || n end,
    submitted_at + interval '2 days'
from numbered;
create index application_updated_at on application (updated_at);
analyze application;
