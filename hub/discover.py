"""Discover: propose dataset and flow for the tables of a system, as YAML that a person reads, corrects and keeps.

Whatever is guessed stands with its confidence beside it. Proposes nothing that a flow would refuse: a type is named only if the
column can be read as it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import yaml

from catalog.codes import CodeTable
from catalog.field_type import parse
from catalog.messages import say
from catalog.system import System
from connectors.database import dialect_of
from connectors.survey import SeenColumn, SeenTable, survey
from hub import guess
from hub.guess import Guess

KEY_LENGTH = 191  # characters a text key may have where its column states none
NATIVE = (
    (r"tinyint\(1\)|bool(ean)?", "boolean"),
    (r"bigint.*unsigned.*", "decimal(20,0)"),
    (r"(tiny|small|medium|big)?int(eger|2|4|8)?\b.*|year.*|.*serial", "integer"),
    (r"(?:decimal|numeric|decimal_text|number)\((\d+)(?:, ?(\d+))?\).*", "decimal({0},{1})"),
    (r"(decimal|numeric|number)\b.*", "decimal(38,10)"),
    (r"(double|real|float).*", "float"),
    (r"timestamp.*with time zone|timestamptz.*", "timestamptz"),
    (r"(timestamp|datetime).*", "timestamp"),
    (r"date", "date"),
    (r"time\b.*", "time"),
    (r"interval.*", "duration"),
    (r".*(blob|binary|bytea).*", "bytes"),
    (r"jsonb?", "json"),
    (r"uuid", "string(36)"),
    (r"(?:n?var|n)?char(?:acter)?(?: varying)?2?\((\d+)\).*", "string({0})"),
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A file under campus/ and its content."""

    file: str
    content: str


def discover(system: System, codes: Mapping[str, CodeTable], *, platform: str, tables: Sequence[str] = ()) -> Iterator[Proposal]:
    """Propose a dataset and a flow to the platform for each table of a system. CatalogError for an unknown table."""
    taken: set[str] = set()
    for table in survey(system, tables):
        if not table.columns:
            continue
        name = _unique(_slug(table.name) or "table", taken)
        yield from _Table(system, codes, platform, table, name).proposals()


class _Table:
    """One table on its way to a proposal: its fields by column."""

    def __init__(self, system: System, codes: Mapping[str, CodeTable], platform: str, table: SeenTable, name: str) -> None:
        self.system, self.codes, self.platform, self.table, self.name = system, codes, platform, table, name
        self.dialect = dialect_of(system.url or "")
        taken: set[str] = set()
        self.fields = {column.name: _unique(_slug(column.name) or "field", taken) for column in table.columns}
        guesses = (guess.cursor(c.name, c.comment, self._native(c), indexed=c.indexed) for c in table.columns)
        self.cursor = max(filter(None, guesses), key=lambda it: it.confidence, default=None)

    def proposals(self) -> Iterator[Proposal]:
        yield Proposal(f"datasets/{self.name}.yaml", "\n".join(self._dataset()) + "\n")
        yield Proposal(f"flows/{self.name}_to_{self.platform}.yaml", "\n".join(self._flow()) + "\n")

    def _dataset(self) -> Iterator[str]:
        table = self.table
        rows = say("discover.rows", rows=table.rows) if table.rows is not None else say("discover.rows_unknown")
        yield f"# {say('discover.head', system=self.system.title, table=table.name)} {rows}"
        if guess.is_code_table(table.name, table.comment, len(table.columns), table.rows):
            yield f"# {say('discover.code_table')}"
        yield f"name: {self.name}"
        yield f"title: {_plain(table.comment or table.name)}"
        yield f"owner: {_plain(self.system.owner)}"
        yield "sharing: conditional"
        if table.key:
            yield f"key: [{', '.join(self.fields[column] for column in table.key)}]"
        yield "fields:"
        yield from map(self._field, table.columns)

    def _field(self, column: SeenColumn) -> str:
        parts = [f"name: {self.fields[column.name]}", f'type: "{self._type(column)}"', f"title: {_plain(column.comment or column.name)}"]
        notes = []
        if not column.nullable and column.name not in self.table.key:
            parts.append("required: true")
        if level := guess.sensitivity(column.name, column.comment, column.sample):
            parts.append(f"sensitivity: {level.value}")
            notes.append(_note("sensitivity", level))
        if self._type(column).startswith("string") and (table := self._standard(column)):
            notes.append(_note("standard", table))
            if table.ground == "both":
                parts.append(f"codes: {table.value}")
        if column.name in self.table.refers:
            notes.append(say("discover.refers", table=self.table.refers[column.name]))
        return f"  - {{{', '.join(parts)}}}" + (f"   # {'；'.join(notes)}" if notes else "")

    def _standard(self, column: SeenColumn) -> Guess | None:
        return guess.standard(column.name, column.comment, column.sample, self._codes)

    def _codes(self, table: str) -> frozenset[str]:
        return frozenset(self.codes[table].codes) if table in self.codes else frozenset()

    def _flow(self) -> Iterator[str]:
        incremental = self.cursor is not None and bool(self.table.key)
        renamed = {field: column for column, field in self.fields.items() if field != column}
        source = [f"system: {self.system.name}", f"table: {_plain(self.table.name)}"]
        if renamed:
            source.append(f"columns: {{{', '.join(f'{field}: {_plain(column)}' for field, column in renamed.items())}}}")
        if incremental and self.cursor:
            source.append(f"cursor: {self.fields[self.cursor.value]}")
        yield f"name: {self.name}_to_{self.platform}"
        yield f"dataset: {self.name}"
        if self.cursor:
            yield f"# {_note('cursor', self.cursor)}"
        yield f"source: {{{', '.join(source)}}}"
        yield f"target: {{system: {self.platform}, table: {self.name}}}"
        yield f"mode: {'incremental' if incremental else 'mirror'}"
        yield "on_delete: delete"
        if incremental:
            yield "reconcile: weekly"
        yield 'schedule: "30 2 * * *"'

    def _type(self, column: SeenColumn) -> str:
        kind = self._named_type(self._native(column))
        if not self.dialect.reads(parse(kind), column.native):
            kind = "string" if self.dialect.reads(parse("string"), column.native) else "bytes"
        if column.name in self.table.key and kind in ("string", "json"):
            return f"string({KEY_LENGTH})"
        return kind

    @staticmethod
    def _named_type(native: str) -> str:
        for pattern, kind in NATIVE:
            if match := re.fullmatch(pattern, native):
                return kind.format(*(group or "0" for group in match.groups()))
        return "string"

    @staticmethod
    def _native(column: SeenColumn) -> str:
        return column.native.lower()


def _note(what: str, it: Guess) -> str:
    return say(f"discover.{what}", value=it.value, confidence=f"{it.confidence:.2f}", ground=say(f"discover.ground.{it.ground}"))


def _slug(name: str) -> str:
    """Make a name of the catalog from a name of a database: small letters, digits and underscores, a letter first."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_").lstrip("0123456789_")[:50]


def _unique(name: str, taken: set[str]) -> str:
    found = next(it for it in (name, *(f"{name}_{number}" for number in range(2, 10_000))) if it not in taken)
    taken.add(found)
    return found


def _plain(text: str) -> str:
    """Write a text as one YAML scalar inside a flow mapping."""
    dumped: str = yaml.safe_dump([text], allow_unicode=True, default_flow_style=True, width=10**6)
    return dumped.strip()[1:-1]
