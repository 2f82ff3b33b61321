-- What an act makes of a case: 重办 opens it again, 办结 closes it unless it only says 作废办结 or 删除办结 (close_result 2 and 3), which void
-- it as 撤回 and 作废 do.
create macro end_state(action, close_result) as
    case when action = '重办' then 'open' when action = '办结' and coalesce(close_result, '') not in ('2', '3') then 'closed' else 'void' end
