"""接口说明: what a receiver's developer must know of one agreement, as XLSX and DOCX. It names no row and no person."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from catalog.campus import Catalog
from catalog.condition import Condition
from catalog.dataset import Dataset, Field
from catalog.flow import After, Flow
from catalog.sharing import Agreement, MaskName
from connectors.dialect import Dialect
from connectors.workspace import Workspace
from hub.deliveries import PATIENCE
from reports.render import docx, xlsx
from reports.report import Block, Foot, Head, Paragraph, Report, Section, Table
from reports.sentence import tell

NONE = "—"


def write(catalog: Catalog, agreement: Agreement, folder: Path) -> list[Path]:
    """Write the sheet into a folder and return its files."""
    report = compose(catalog, agreement)
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for kind, content in (("xlsx", xlsx.render(_tabled(report))), ("docx", docx.render(report))):
        files.append(folder / f"接口说明_{agreement.name}.{kind}")
        files[-1].write_bytes(content)
    return files


def _tabled(report: Report) -> Report:
    """Put the paragraphs into a table of their own: a workbook carries tables alone."""
    said = [("", report.opening), *((s.title, block.text) for s in report.sections for block in s.blocks if isinstance(block, Paragraph))]
    table = Table(tell("interface.said"), (tell("interface.head.part"), tell("interface.head.text")), tuple(said))
    return replace(report, sections=[Section("", [table]), *report.sections])


def compose(catalog: Catalog, agreement: Agreement) -> Report:
    """Say it as a report: fields, rows and schedule, codes and masks, how to read, whom to ask."""
    it = _Sheet(catalog, agreement)
    parts = {"fields": it.fields(), "rows": it.rows(), "masks": it.codes_and_masks(), "reading": it.reading(), "contact": it.contact()}
    office = f"{catalog.campus.title}{agreement.approved.manager}"
    return Report(
        head=Head(mark=tell("interface.mark", school=catalog.campus.title), number=tell("interface.number", agreement=agreement.name)),
        lines=tuple(tell("interface.title", dataset=it.dataset.title, consumer=it.consumer.title).split("|")),
        addressees="",
        opening=it.opening(),
        sections=[Section(tell(f"interface.part.{name}"), list(blocks)) for name, blocks in parts.items()],
        annexes=[],
        foot=Foot(printed_by=office, printed_on=f"{_day(agreement.approved.on)}批准"),
        office=office,
        state=tell("interface.state"),
        skin="",
        draft=False,
    )


def described(how: MaskName | None) -> str:
    """Say what a mask shows."""
    if how is None:
        return NONE
    for kind in ("last", "round"):
        if how.startswith(kind):
            return tell(f"mask.{kind}", n=how.removeprefix(kind))
    return tell(f"mask.{how}")


class _Sheet:
    """The parts of one agreement's sheet."""

    def __init__(self, catalog: Catalog, agreement: Agreement) -> None:
        self.catalog, self.agreement = catalog, agreement
        self.dataset: Dataset = catalog.datasets[agreement.dataset]
        self.consumer = catalog.consumers[agreement.consumer]
        self.granted = [field for field in self.dataset.fields if field.name in agreement.columns]
        self.flows = [flow for _, flow in sorted(catalog.flows.items()) if flow.under == agreement.name]

    def opening(self) -> str:
        it, approved = self.agreement, self.agreement.approved
        names = {"provider": approved.provider, "manager": approved.manager, "document": approved.document, "on": _day(approved.on)}
        names |= {"consumer": self.consumer.title, "department": self.consumer.department, "dataset": self.dataset.title}
        return tell("interface.opening", agreement=it.name, purpose=it.purpose, start=_day(it.valid.start), end=_day(it.until), **names)

    def fields(self) -> Iterator[Block]:
        tables = [flow for flow in self.flows if flow.target.kind == "sql"]
        dialect = Workspace.of(self.catalog.systems[tables[0].target.system]).dialect if tables else None
        heads = ("name", "title", "type", *(("native",) if dialect else ()), "key", "codes", "mask")
        rows = [self._field(field, dialect) for field in self.granted]
        yield Table(tell("interface.fields"), tuple(tell(f"interface.head.{head}") for head in heads), tuple(rows))

    def _field(self, field: Field, dialect: Dialect | None) -> tuple[str, ...]:
        native = (dialect.declare(field.type),) if dialect else ()
        key = tell("interface.yes") if field.name in self.dataset.key else NONE
        return (field.name, field.title, str(field.type), *native, key, field.codes or NONE, self.agreement.mask.get(field.name, NONE))

    def rows(self) -> Iterator[Block]:
        where = tell("interface.and").join(self._condition(condition) for condition in self.agreement.where)
        yield Paragraph(tell("interface.rows.where", conditions=where) if where else tell("interface.rows.all"))
        for flow in self.flows:
            yield Paragraph(self._schedule(flow))

    def _condition(self, condition: Condition) -> str:
        value, title = condition.value, self.dataset.field(condition.field).title
        if condition.operator == "is_null":
            return tell("interface.is.is_null", field=title, value=tell("interface.is.null" if value else "interface.is.not_null"))
        values = [str(it) for it in value] if isinstance(value, tuple) else [str(value)]
        operator = {"in": "eq", "not_in": "ne"}.get(condition.operator, condition.operator) if len(values) == 1 else condition.operator
        return tell(f"interface.is.{operator}", field=title, value="、".join(values))

    def _schedule(self, flow: Flow) -> str:
        match flow.schedule:
            case After(after=datasets):
                return tell("interface.schedule.after", datasets="、".join(self.catalog.datasets[name].title for name in datasets))
            case str(cron):
                return tell("interface.schedule.cron", cron=cron)
        return tell("interface.schedule.asked")

    def codes_and_masks(self) -> Iterator[Block]:
        tables = [self.catalog.codes[name] for name in dict.fromkeys(field.codes for field in self.granted if field.codes)]
        masked = [(field, how) for field in self.granted if (how := self.agreement.mask.get(field.name))]
        for field, how in masked:
            yield Paragraph(tell("interface.masked", field=field.name, title=field.title, mask=described(how)) + "。")
        for table in tables:
            title = tell("interface.codes", title=table.title, standard=table.standard or table.name)
            yield Table(title, (tell("interface.head.code"), tell("interface.head.meaning")), tuple(table.codes.items()))
        if not tables and not masked:
            yield Paragraph(tell("interface.plain"))

    def reading(self) -> Iterator[Block]:
        for flow in self.flows:
            system, on_delete = self.catalog.systems[flow.target.system], flow.on_delete or "delete"
            if flow.target.kind != "sql":
                yield Paragraph(tell(f"interface.push.{flow.target.kind}", system=system.title, place=flow.target.table))
                continue
            yield Paragraph(tell("interface.push.table", system=system.title, table=flow.target.table))
            yield Paragraph(tell(f"interface.push.{on_delete}"))
            yield Paragraph(tell("interface.push.batch"))
            yield Table(tell("interface.push.steps"), (tell("interface.head.step"), tell("interface.head.sql")), tuple(statements(flow)))
            hours = int((self.agreement.fetch_within or PATIENCE).total_seconds() // 3600)
            yield Paragraph(tell("interface.push.late", hours=hours))
        if "api" in self.agreement.channels:
            yield Paragraph(tell("interface.api", dataset=self.dataset.name, manager=self.agreement.approved.manager))

    def contact(self) -> Iterator[Block]:
        approved, vendor = self.agreement.approved, self.consumer.vendor
        sides = [("provider", approved.provider, NONE), ("manager", approved.manager, NONE), ("consumer", self.consumer.department, NONE)]
        sides += [("vendor", vendor.name, vendor.contact or NONE)] if vendor else []
        heads = tuple(tell(f"interface.head.{head}") for head in ("side", "unit", "contact"))
        yield Table(tell("interface.contacts"), heads, tuple((tell(f"interface.side.{side}"), *rest) for side, *rest in sides))


def statements(flow: Flow) -> Iterator[tuple[str, str]]:
    """Yield how a receiver fetches a push: step and statement, in the SQL that every engine reads."""
    waiting = f"select run from hub_batch where flow = '{flow.name}' and consumed_at is null order by finished_at"
    yield tell("interface.step.find"), waiting
    yield tell("interface.step.read"), f"select * from {flow.target.table} where hub_batch_id = :run"
    yield tell("interface.step.done"), "update hub_batch set consumed_at = current_timestamp where run = :run"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
