"""The one gate: an agreement becomes one relational selection of columns, rows and masks. What it does not grant does not leave.

The API, the export and the push flow all read through `select` and show values through the agreement's masks.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from catalog.campus import Catalog
from catalog.condition import Condition
from catalog.dataset import Dataset, Field
from catalog.errors import DeniedError
from catalog.flow import Flow, From
from catalog.sharing import Agreement, Channel, MaskName
from connectors.selection import Column, Relation, Selection
from hub import invented
from hub.masking import Masker, maskers
from hub.open import Hub
from hub.published import Published, published

HERE = Relation()  # the caller says later where the rows lie


@dataclass(frozen=True)  # no slots: the masks are made once
class Grant:
    """What an agreement lets through now: where the rows lie, which columns, which rows, masked how."""

    agreement: Agreement
    dataset: Dataset
    published: Published
    fields: tuple[Field, ...]
    where: tuple[Condition, ...]
    but_not: tuple[Condition, ...]
    masks: Mapping[str, MaskName]

    @cached_property
    def maskers(self) -> Mapping[str, Masker]:
        """By masked field, what turns a value into what the consumer sees. UnavailableError without a pseudonym key."""
        return maskers(self.agreement, self.dataset)

    @property
    def shows_key(self) -> bool:
        """Whether the consumer sees the rows' keys as they are."""
        return ({field.name for field in self.fields} - self.masks.keys()).issuperset(self.dataset.key)

    def salt(self) -> str | None:
        """Draw what alone orders the rows of a walk or an export where the consumer does not see their keys.

        The order of hidden keys would tell of them, and let two consumers join their pseudonyms by position.
        """
        return None if self.shows_key else secrets.token_hex(16)

    def choose(self, names: Sequence[str] | None) -> tuple[Field, ...]:
        """Return the named fields, or all granted ones. DeniedError names what is not granted and what is."""
        granted = {field.name: field for field in self.fields}
        missing = [name for name in names or () if name not in granted]
        if missing:
            raise DeniedError("api.column_denied", agreement=self.agreement.name, columns=", ".join(missing), granted=", ".join(granted))
        return tuple(granted[name] for name in names) if names else self.fields

    def filterable(self, name: str) -> Field:
        """Return a granted, unmasked field: a filter on a masked one would tell what the mask hides. DeniedError else."""
        open_fields = [field.name for field in self.fields if field.name not in self.masks]
        if name not in open_fields:
            raise DeniedError("api.filter_denied", agreement=self.agreement.name, column=name, granted=", ".join(open_fields))
        return self.dataset.field(name)


def select(
    agreement: Agreement,
    dataset: Dataset,
    columns: Mapping[str, Column],
    *,
    relation: Relation = HERE,
    fields: Sequence[str] | None = None,
    also: Sequence[Condition] = (),
) -> Selection:
    """Say which rows and columns leave: the granted fields, or those named and the key; the agreement's rows, none that is confidential.

    `columns` are the relation's by field; `also` narrows further. KeyError for a column that the relation lacks: see `needed`.
    """
    wanted = granted_fields(agreement, dataset) if fields is None else dict.fromkeys([*dataset.key, *fields])
    return Selection(
        relation=relation,
        columns=tuple(columns[name] for name in wanted),
        key=dataset.key,
        where=(*agreement.where, *also),
        but_not=dataset.confidential,
        condition_columns=columns,
    )


def granted_fields(agreement: Agreement, dataset: Dataset) -> tuple[str, ...]:
    """Name the granted fields in the dataset's order."""
    return tuple(field.name for field in dataset.fields if field.name in agreement.columns)


def needed(agreement: Agreement, dataset: Dataset) -> tuple[str, ...]:
    """Name the fields that decide which rows leave: where their columns are missing, nothing may."""
    return tuple(condition.field for condition in (*agreement.where, *dataset.confidential))


def grant(hub: Hub, consumer: str, dataset: str, channel: Channel, *, now: datetime) -> Grant | None:
    """Find what a consumer may receive of a dataset over a channel now; None where no agreement speaks of it.

    A test consumer is granted invented rows alone. DeniedError where an agreement does speak of it, but is suspended, revoked, out of
    its dates or of another channel.
    """
    found = agreements(hub.catalog, consumer, dataset)
    if not found:
        return None
    refusals = [(agreement, refusal(hub.catalog, agreement, channel, now=now)) for agreement in found]
    usable = [agreement for agreement, denied in refusals if denied is None]
    if not usable:
        raise refusals[0][1] or DeniedError("api.not_published", dataset=dataset)
    return _granted(hub.catalog, usable[0])


def refusal(catalog: Catalog, agreement: Agreement, channel: Channel, *, now: datetime) -> DeniedError | None:
    """Say why nothing may leave under an agreement over a channel now, or None. Days are the school's."""
    reason = agreement.refusal(channel, now.astimezone(catalog.zone).date())
    return DeniedError(f"api.agreement_{reason}", agreement=agreement.name) if reason else None


def made_up(flow: Flow, dataset: Dataset) -> Flow:
    """Return a flow as it would be over a table of invented rows: no columns, codes or conditions of a source's own."""
    source = From(system=flow.source.system, table=dataset.name, cursor=flow.source.cursor, lag=flow.source.lag)
    target = flow.target if flow.under else flow.target.model_copy(update={"table": dataset.name})
    return flow.model_copy(update={"source": source, "target": target})


def agreements(catalog: Catalog, consumer: str, dataset: str | None = None) -> list[Agreement]:
    """List a consumer's agreements, whatever their state."""
    return [a for _, a in sorted(catalog.agreements.items()) if a.consumer == consumer and dataset in (None, a.dataset)]


def _granted(catalog: Catalog, agreement: Agreement) -> Grant:
    dataset = catalog.datasets[agreement.dataset]
    place = published(catalog, dataset.name)
    if place is None:
        raise DeniedError("api.not_published", dataset=dataset.name)
    if catalog.consumers[agreement.consumer].environment == "test":
        place = Published(made_up(place.flow, dataset), invented.system(catalog, agreement))
    return Grant(
        agreement=agreement,
        dataset=dataset,
        published=place,
        fields=tuple(dataset.field(name) for name in granted_fields(agreement, dataset)),
        where=agreement.where,
        but_not=dataset.confidential,
        masks=agreement.mask,
    )
