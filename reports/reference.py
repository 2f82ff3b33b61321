"""docs/reference/indicators.md, written from the definitions: `python -m reports.reference`. A test holds the page to them."""

from collections.abc import Iterator

from reports.definition import Definition, definitions
from reports.laws import table

GROUPS = {
    "A": "办件收支", "B": "时效", "C": "时长", "D": "质量", "E": "事项", "F": "评价", "G": "咨询、投诉", "H": "平台",
    "R": "检查（管理办法各条的规则）", "S": "安全指标",
}  # fmt: skip
FORMS = {
    "count": "计数",
    "rate": "率（不超过100%）",
    "ratio": "比（可为负、可超过100%）",
    "duration": "时长",
    "check": "检查（不合规的个数）",
}
HEAD = """# 指标与检查

由 `reports/indicators/` 的定义生成（`python -m reports.reference`），有测试保证与定义一致。
每项旁边是同名的 .sql 文件，在快照上用 DuckDB 运行。
哪份报告用哪些，见 `campus/reports/*.yaml` 的 `indicators` 与 `first_page`；没有数据来源的项，报告写“无数据来源”和由谁报送。
统计期是学校所在地的整日，含起不含止；期限到当日24时的，写作次日0时，计入当日。"""


def reference() -> str:
    """Write the page."""
    return "\n".join(_pages()) + "\n"


def _pages() -> Iterator[str]:
    yield HEAD
    for letter, title in GROUPS.items():
        yield f"\n## {letter}　{title}"
        for it in definitions().values():
            if it.id[0] == letter:
                yield from _entry(it)
    yield "\n## 法律与标准\n\n报告按统计期末那一天的条款号引用（`reports/laws.yaml`）。\n\n| 代号 | 自 | 名称 | 条款 |\n|---|---|---|---|"
    for key, rows in table().items():
        yield from (f"| `{key}` | {law.since} | {law.title} | {law.article} |" for law in rows)


def _entry(it: Definition) -> Iterator[str]:
    yield f"\n### {it.id}　{it.title}\n\n{it.formula}。\n"
    told = {
        "形式": f"{FORMS[it.form]}，单位{it.unit}",
        "基数": it.base,
        "依据": "；".join([it.source, *(f"`{law}`" for law in it.laws)]),
        "目标": _target(it),
        "责任": it.acts or "",
        "分项": "、".join(f"{title}（`{part}`）" for part, title in it.parts.items()),
        "不计入总数": "、".join(it.parts.get(part, part) for part in it.aside),
        "需要": "、".join(f"`{need}`" for need in it.needs),
        "用途": "只作内部预警，不印" if it.internal else "",
        "定义版本": str(it.version),
    }
    yield "\n".join(f"- {name}：{text}" for name, text in told.items() if text)


def _target(it: Definition) -> str:
    if it.target is None:
        return ""
    limits = (("不高于", it.target.at_most), ("不低于", it.target.at_least))
    return "，".join(f"{word}{limit:.0%}" if it.form == "rate" else f"{word}{limit:g}" for word, limit in limits if limit is not None)


if __name__ == "__main__":
    print(reference(), end="")  # noqa: T201  the page is what it is for
