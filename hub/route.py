"""A route: a flow resolved against the catalog — which columns of which relation go where, under which contract."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.campus import Catalog
from catalog.dataset import Dataset
from catalog.errors import CatalogError
from catalog.flow import Flow
from catalog.rule import FreshWithin, References, RowCountBetween
from catalog.sharing import Agreement
from catalog.system import System
from connectors.received import shows
from connectors.selection import Column, Relation, Selection, Shape
from connectors.workspace import Workspace
from hub import invented as made
from hub.brakes import HeldError
from hub.invented import INVENTED
from hub.masking import Masker, fingerprint, maskers
from hub.sharing import granted_fields, made_up, needed, select


@dataclass(frozen=True, slots=True)
class Route:
    """Everything a run needs of the catalog. `hash` is that of all that decides what the flow does.

    Where the flow's target is no database, it is the `receiver`, and `target` its shadow: a SQLite file of what it has (hub.receiver).
    """

    flow: Flow
    dataset: Dataset
    source: System
    target: System
    agreement: Agreement | None
    maps: Mapping[str, Mapping[str, str]]
    queries: Path
    hash: str
    receiver: System | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that travel: the dataset's, or those of the agreement."""
        return granted_fields(self.agreement, self.dataset) if self.agreement else tuple(field.name for field in self.dataset.fields)

    @property
    def masks(self) -> Mapping[str, Masker]:
        """By field, the masks of the agreement. UnavailableError without a pseudonym key."""
        return maskers(self.agreement, self.dataset) if self.agreement else {}

    @property
    def judged(self) -> Dataset:
        """The dataset with the rules that can be held against what travels.

        A part of the rows says nothing of their number or age, and beside an interface or a file lies no other dataset to refer to.
        """
        part = self.agreement is not None and bool(self.agreement.where or self.source.name == INVENTED)
        left = ((RowCountBetween, FreshWithin) if part else ()) + ((References,) if self.receiver else ())
        return self.dataset.model_copy(update={"rules": tuple(rule for rule in self.dataset.rules if not isinstance(rule, left))})

    @property
    def judged_fields(self) -> tuple[str, ...]:
        """The fields that travel as they are; a masked value keeps no rule."""
        masked = self.agreement.mask if self.agreement else {}
        return tuple(name for name in self.fields if name not in masked)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The fields as columns of a table that the hub makes."""
        return tuple(Column(name, self.dataset.field(name).type, name) for name in self.fields)

    @property
    def looked_at(self) -> bool:
        """Say whether rows change on the way, by masks or code tables."""
        return bool(self.maps or (self.agreement and self.agreement.mask))

    @property
    def contract(self) -> str:
        """What cannot change under a published table without a full run: key, cursor and columns; of a push also which rows, masked how."""
        of = self.agreement
        invented = self.source.name == INVENTED
        granted = [of.model_dump(mode="json", include={"where", "mask"}), fingerprint(of), invented] if of else []
        return json.dumps([self.dataset.key, self.flow.source.cursor, self.fields, *granted], sort_keys=True)

    @property
    def sending(self) -> Path | None:
        """The note beside a shadow of rows that are on their way."""
        return Path((self.target.url or "").removeprefix("sqlite:///")).with_suffix(".sending") if self.receiver else None

    @property
    def begun(self) -> bool:
        """Say whether rows were sent that no publication has settled: what stands at the receiver came from here."""
        return self.sending is not None and self.sending.exists()

    @property
    def acknowledged(self) -> bool:
        """Say whether the receiver's word is all there is: it shows nothing that could be compared."""
        return self.receiver is not None and not shows(self.flow.target)

    @property
    def workspace(self) -> Workspace:
        """The hub's tables beside the target."""
        return Workspace.of(self.target)

    @property
    def destination(self) -> Relation:
        """The target table."""
        return Relation(self.dataset.name if self.receiver else self.flow.target.table, self.target.db_schema)

    def selection(self, shape: Shape) -> Selection:
        """Say what to read of a source of this shape. Held where a column that the flow reads has vanished."""
        missing = [name for name in map(self._source_name, self.fields) if shape.named(name) is None]
        if missing:
            raise HeldError("column_vanished", columns=", ".join(missing), relation=self.relation_name)
        columns = {f.name: self._column(f.name, shape) for f in self.dataset.fields if shape.named(self._source_name(f.name))}
        conditions = [condition.field for condition in (*self.flow.source.where, *self.dataset.confidential)]
        for name in (*conditions, *(needed(self.agreement, self.dataset) if self.agreement else ())):
            if name not in columns:
                raise HeldError("column_vanished", columns=self._source_name(name), relation=self.relation_name)
        if self.agreement:
            return select(self.agreement, self.dataset, columns, also=self.flow.source.where)
        return Selection(
            relation=Relation(),
            columns=tuple(columns[name] for name in self.fields),
            key=self.dataset.key,
            where=self.flow.source.where,
            but_not=self.dataset.confidential,
            condition_columns=columns,
        )

    def cursor(self, shape: Shape) -> Column:
        """Return the cursor's column. CatalogError for a cursor that is neither field nor source column with a field's type."""
        name = self.flow.source.cursor or ""
        if name in {f.name for f in self.dataset.fields}:
            return self._column(name, shape)
        raise CatalogError("flow.cursor_unknown", flow=self.flow.name, cursor=name)

    def landing(self, shape: Shape) -> tuple[Column, ...]:
        """Return the target's columns for the fields that travel, with the target's own native types."""
        found = []
        for name in self.fields:
            native = shape.named(name)
            if native is not None:
                nullable = native.nullable or name in self.dataset.key  # a key without value is a rule's to judge
                generated = "generated" in native.extra
                found.append(Column(name, self.dataset.field(name).type, native.name, native.type, native.collation, nullable, generated))
        return tuple(found)

    def no_longer_granted(self, shape: Shape | None, before: str) -> list[str]:
        """Name the target's columns that were pushed under the contract `before` and are granted no longer."""
        pushed = (json.loads(before or "[]") + [None] * 3)[2] or []
        return [native.name for name in pushed if name not in self.fields and shape and (native := shape.named(name))]

    @property
    def relation_name(self) -> str:
        """Name what is read, for people."""
        source = self.flow.source
        return source.table or source.query or source.files or (source.rest.path if source.rest else "")

    def _source_name(self, field: str) -> str:
        return self.flow.source.columns.get(field, field)

    def _column(self, field: str, shape: Shape) -> Column:
        native = shape.named(self._source_name(field))
        if native is None:
            raise HeldError("column_vanished", columns=self._source_name(field), relation=self.relation_name)
        return Column(field, self.dataset.field(field).type, native.name, native.type, native.collation)


def resolve(catalog: Catalog, name: str) -> Route:
    """Resolve a flow by name. CatalogError for an unknown one."""
    flow = catalog.flows.get(name)
    if flow is None:
        raise CatalogError("flow.unknown", flow=name, known=", ".join(sorted(catalog.flows)))
    dataset = catalog.datasets[flow.dataset]
    agreement = catalog.agreements[flow.under] if flow.under else None
    source = catalog.systems[flow.source.system]
    if agreement and catalog.consumers[agreement.consumer].environment == "test":
        flow, source = made_up(flow, dataset), made.system(catalog, agreement)
    maps = {field: catalog.codes[table].map for field, table in flow.source.codes.items()}
    queries = catalog.folder / "flows"
    query = (queries / flow.source.query).read_text("utf-8-sig") if flow.source.query else ""
    parts: list[Any] = [flow, dataset, agreement]  # Any: pydantic values
    receiver = catalog.systems[flow.target.system]
    shadow = {"kind": "sql", "url": f"sqlite:///{catalog.receivers / name}.db", "hub_schema": True, "db_schema": None}
    key = fingerprint(agreement) if agreement else ""
    text = json.dumps([p and p.model_dump(mode="json") for p in parts] + [maps, query, key], sort_keys=True, ensure_ascii=False)
    return Route(
        flow=flow,
        dataset=dataset,
        source=source,
        target=receiver if receiver.kind == "sql" else receiver.model_copy(update=shadow),
        agreement=agreement,
        maps=maps,
        queries=queries,
        hash=hashlib.sha256(text.encode()).hexdigest(),
        receiver=None if receiver.kind == "sql" else receiver,
    )
