-- R20 未经保密审查已发布的事项：期末在线、没有保密审查记录或审查晚于上线的事项；只计数，不列名称和部门
select item_id as key, null as unit, null as part from live_item
where coalesce(secret_review_state, '') <> '已审查' or coalesce(secret_review_at > online_at, true)
