"""The one gate: an agreement becomes one relational selection of columns, rows and masks. What it does not grant does not leave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from catalog.campus import Catalog
from catalog.condition import Condition
from catalog.dataset import Dataset, Field
from catalog.errors import DeniedError
from catalog.sharing import Agreement, Channel, MaskName
from hub.open import Hub
from hub.published import Published, published


@dataclass(frozen=True, slots=True)
class Grant:
    """What an agreement lets through now: where the rows lie, which columns, which rows, masked how."""

    agreement: Agreement
    dataset: Dataset
    published: Published
    fields: tuple[Field, ...]
    where: tuple[Condition, ...]
    but_not: tuple[Condition, ...]
    masks: Mapping[str, MaskName]

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


def grant(hub: Hub, consumer: str, dataset: str, channel: Channel, *, now: datetime) -> Grant | None:
    """Find what a consumer may receive of a dataset over a channel now; None where no agreement speaks of it.

    DeniedError where one does, but is suspended, revoked, out of its dates, of another channel, or for a test consumer.
    """
    day = now.astimezone(hub.catalog.zone).date()
    found = agreements(hub.catalog, consumer, dataset)
    if not found:
        return None
    refusals = [(agreement, agreement.refusal(channel, day)) for agreement in found]
    usable = [agreement for agreement, reason in refusals if reason is None]
    if not usable:
        agreement, reason = refusals[0]
        raise DeniedError(f"api.agreement_{reason}", agreement=agreement.name)
    if hub.catalog.consumers[consumer].environment == "test":
        raise DeniedError("api.test_consumer", consumer=consumer)
    return _granted(hub.catalog, usable[0])


def agreements(catalog: Catalog, consumer: str, dataset: str | None = None) -> list[Agreement]:
    """List a consumer's agreements, whatever their state."""
    return [a for _, a in sorted(catalog.agreements.items()) if a.consumer == consumer and dataset in (None, a.dataset)]


def _granted(catalog: Catalog, agreement: Agreement) -> Grant:
    dataset = catalog.datasets[agreement.dataset]
    place = published(catalog, dataset.name)
    if place is None:
        raise DeniedError("api.not_published", dataset=dataset.name)
    return Grant(
        agreement=agreement,
        dataset=dataset,
        published=place,
        fields=tuple(field for field in dataset.fields if field.name in agreement.columns),
        where=agreement.where,
        but_not=dataset.confidential,
        masks=agreement.mask,
    )
