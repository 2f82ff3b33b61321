"""The catalogue of information resources (信息资源目录) with the core metadata of GB/T 21063.3, and as DCAT for machines.

What a dataset is comes from `campus/`, since when it is published from the store. Says nothing of any row.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog.campus import Catalog
from catalog.dataset import Dataset
from catalog.flow import Flow
from catalog.sharing import Agreement
from hub.open import Hub
from hub.published import published
from hub.store import runs
from reports.frequency import Frequency, frequency
from reports.report import Foot, Head, Report, Section, Table

TITLE = "信息资源目录"
SHARING = {"unconditional": "无条件共享", "conditional": "有条件共享", "none": "不予共享"}
LEVELS = {"public": "公开", "internal": "内部", "personal": "个人信息", "sensitive": "敏感个人信息"}
CHANNELS = {"api": "接口", "push": "中间库", "export": "文件导出"}
RIGHTS = {"unconditional": "PUBLIC", "conditional": "RESTRICTED", "none": "NON_PUBLIC"}
AUTHORITY = "http://publications.europa.eu/resource/authority/"
CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
HEAD = (
    "信息资源代码", "信息资源名称", "信息资源提供方", "信息资源摘要", "信息资源格式", "信息项（项）",
    "共享类型", "共享条件", "共享方式", "更新周期", "发布日期",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One dataset's line of the catalogue. `issued` is the day it was first proved on the platform, or None."""

    dataset: Dataset
    flow: Flow | None
    frequency: Frequency | None
    terms: str
    channels: tuple[str, ...]
    issued: str | None


def entries(hub: Hub) -> Iterator[Entry]:
    """Yield an entry for every dataset, by owner and code."""
    agreements = list(hub.catalog.agreements.values())
    for dataset in sorted(hub.catalog.datasets.values(), key=lambda it: (it.owner, it.code or it.name)):
        place = published(hub.catalog, dataset.name)
        granted = [it for it in agreements if it.dataset == dataset.name and it.state == "active"]
        yield Entry(
            dataset=dataset,
            flow=place.flow if place else None,
            frequency=frequency(hub.catalog, place.flow) if place else None,
            terms=dataset.terms or _terms(dataset),
            channels=_channels(dataset, granted),
            issued=dataset.published.isoformat() if dataset.published else _proved_on(hub, place.flow) if place else None,
        )


def _proved_on(hub: Hub, flow: Flow) -> str | None:
    first = runs.first_proved(hub.store, flow.name)
    return datetime.fromisoformat(first).astimezone(hub.catalog.zone).date().isoformat() if first else None


def _terms(dataset: Dataset) -> str:
    return "按共享协议（用途、字段、期限）" if dataset.sharing == "conditional" else "—"


def _channels(dataset: Dataset, granted: list[Agreement]) -> tuple[str, ...]:
    if dataset.sharing == "none":
        return ()
    named = {channel for agreement in granted for channel in agreement.channels}
    return tuple(channel for channel in CHANNELS if channel in (named or {"api"}))


def report(hub: Hub, *, now: datetime) -> Report:
    """Compose the catalogue as tables: one of all resources, then the items (信息项) of each."""
    found = list(entries(hub))
    campus = hub.catalog.campus
    owners = len({entry.dataset.owner for entry in found})
    day = now.astimezone(hub.catalog.zone).date()
    table = Table(TITLE, HEAD, tuple(map(_row, found)), "元数据按 GB/T 21063.3；更新周期取自同步计划，发布日期为首次核对一致之日。")
    return Report(
        head=Head(mark=campus.title, number=""),
        lines=(f"{campus.title}{TITLE}",),
        addressees="",
        opening=f"收录信息资源 {len(found)} 项，提供方 {owners} 个；截至 {day.year} 年 {day.month} 月 {day.day} 日。",
        sections=(Section("一、目录", (table,)),),
        annexes=tuple(Section(f"{_code(e)} {e.dataset.title}", (_items(hub.catalog, e),)) for e in found),
        foot=Foot(printed_by=campus.defaults.owner, printed_on=f"{day.isoformat()} 生成"),
        office=campus.defaults.owner,
        state="",
        skin="简报",
        draft=False,
    )


def _code(entry: Entry) -> str:
    return entry.dataset.code or entry.dataset.name


def _row(entry: Entry) -> tuple[str, ...]:
    it = entry.dataset
    form = "数据库表" if entry.flow else "—"
    way = "、".join(CHANNELS[channel] for channel in entry.channels) or "—"
    cycle = entry.frequency.title if entry.frequency else "—"
    about = it.description or it.title
    return (
        _code(entry), it.title, it.owner, about, form, str(len(it.fields)),
        SHARING[it.sharing], entry.terms, way, cycle, entry.issued or "—",
    )  # fmt: skip


def _about(entry: Entry) -> str:
    kept = "；按管理办法第十一条长期保留" if entry.dataset.retain else ""
    return f"{entry.dataset.description or entry.dataset.title}。提供方：{entry.dataset.owner}{kept}。"


def _items(catalog: Catalog, entry: Entry) -> Table:
    key = set(entry.dataset.key)
    rows = tuple(
        (
            field.name,
            field.title,
            str(field.type),
            "是" if field.name in key else "—",
            "是" if field.required or field.name in key else "否",
            _standard(catalog, field.codes),
            LEVELS[field.sensitivity],
        )
        for field in entry.dataset.fields
    )
    return Table(
        f"{entry.dataset.title}信息项", ("信息项", "名称", "数据类型", "主键", "必填", "代码标准", "敏感级别"), rows, _about(entry)
    )


def _standard(catalog: Catalog, table: str | None) -> str:
    if table is None:
        return "—"
    it = catalog.codes[table]
    return f"{it.standard}（{it.version}）" if it.standard and it.version else it.standard or it.title


def dcat(hub: Hub) -> dict[str, Any]:  # Any: JSON-LD
    """Describe the catalogue in DCAT 3 terms. Its context stands in the document, so that no network is asked."""
    campus = hub.catalog.campus
    return {
        "@context": CONTEXT,
        "@type": "dcat:Catalog",
        "@id": f"urn:campus:{campus.name}",
        "dct:title": _chinese(f"{campus.title}{TITLE}"),
        "dct:publisher": _agent(campus.defaults.owner),
        "dcat:dataset": [_described(campus.name, entry) for entry in entries(hub)],
    }


def _described(school: str, entry: Entry) -> dict[str, Any]:  # Any: JSON-LD
    it = entry.dataset
    found: dict[str, Any] = {  # Any: JSON-LD
        "@type": "dcat:Dataset",
        "@id": f"urn:campus:{school}:{it.name}",
        "dct:identifier": _code(entry),
        "dct:title": _chinese(it.title),
        "dct:description": _chinese(it.description or it.title),
        "dct:publisher": _agent(it.owner),
        "dct:accessRights": {"@id": f"{AUTHORITY}access-right/{RIGHTS[it.sharing]}"},
        "dcat:keyword": [_chinese(field.title) for field in it.fields],
        "dcat:distribution": [
            {"@type": "dcat:Distribution", "dct:title": _chinese(CHANNELS[channel]), "dcat:accessURL": {"@id": f"/v1/datasets/{it.name}"}}
            for channel in entry.channels
            if channel != "push"
        ],
    }
    if entry.frequency:
        found["dct:accrualPeriodicity"] = {"@id": f"{AUTHORITY}frequency/{entry.frequency.code}"}
    if entry.issued:
        found["dct:issued"] = {"@type": "xsd:date", "@value": entry.issued}
    return found


def _chinese(text: str) -> dict[str, str]:
    return {"@language": "zh", "@value": text}


def _agent(name: str) -> dict[str, Any]:  # Any: JSON-LD
    return {"@type": "foaf:Agent", "foaf:name": _chinese(name)}
