"""A receiver's complaint about a row that its agreement lets it see: it becomes a correction, once.

Refuses what the gate refuses: a field that is not granted, a key that is not granted or masked, a row that is not among the granted ones.
A key that the receiver sees as a pseudonym names its row all the same: whose it is, the hub alone finds out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from catalog.condition import Condition
from catalog.dataset import Field
from catalog.errors import DeniedError, RejectedError
from connectors.line import join, split
from connectors.selection import Group
from hub import corrections
from hub.granted import Granted, now_read
from hub.open import Hub
from hub.sharing import Grant
from hub.store import corrections as store
from hub.store.corrections import Correction

MOST_OPEN = 1000  # complaints of one consumer
RULE = "reported"


@dataclass(frozen=True, slots=True)
class Named:
    """How a receiver names a row: by the fields of its key that it sees as they are, and by the pseudonyms of the others."""

    conditions: tuple[Condition, ...]
    pseudonyms: Mapping[str, str]

    @property
    def asked(self) -> Group | None:
        """What is asked of the rows before any pseudonym is looked at."""
        return Group(False, self.conditions) if self.conditions else None


def complain(hub: Hub, grant: Grant, key: Named, field: str | None, note: str, *, now: datetime) -> tuple[Correction, bool] | None:
    """Take a complaint about one field of a row, or about the row; return its correction, and whether it is new. None without such a row.

    DeniedError where the agreement does not grant the field, RejectedError where the consumer has too many that are open.
    """
    if hub.catalog.consumers[grant.agreement.consumer].environment == "test":
        raise DeniedError("api.correction_test", agreement=grant.agreement.name)
    about = grant.choose([field] if field else None)
    found = _row(grant, about, key)
    if found is None:
        return None
    line, said = found
    same = corrections.fingerprint(grant.agreement.consumer, grant.dataset.name, field or "", line)
    waiting = store.standing(hub.store, origin="complaint", consumer=grant.agreement.consumer)
    if same in waiting:
        return waiting[same], False
    if len(waiting) >= MOST_OPEN:
        raise RejectedError("api.corrections_many", most=MOST_OPEN)
    row = {
        "origin": "complaint", "dataset": grant.dataset.name, "flow": grant.published.flow.name, "rule": RULE,
        "fields": [it.name for it in about], "owner": grant.dataset.owner, "opened_at": now.isoformat(),
        "consumer": grant.agreement.consumer, "agreement": grant.agreement.name, "same": same, "key_line": line, "note": note,
        "content": said,
    }  # fmt: skip
    if made := store.opened(hub.store, [row]):
        return made[0], True
    return store.standing(hub.store, origin="complaint", consumer=grant.agreement.consumer)[same], False


def _row(grant: Grant, about: tuple[Field, ...], key: Named) -> tuple[str, str] | None:
    """Return the key's line of a granted row, and the fingerprint of what it says in the fields."""

    def read(granted: Granted) -> dict[str, str | None]:
        reading = granted.reading(about, key.asked)
        names = [column.field for column in reading.selection.columns]
        if not key.pseudonyms:
            return next((dict(zip(names, split(line), strict=True)) for line in reading.page(after=None, limit=1)), {})
        found = _behind(granted, key)
        return next((dict(zip(names, row, strict=True)) for row in reading.of_keys([found])), {}) if found else {}

    row = now_read(grant, read)
    return (join(row[name] for name in grant.dataset.key), corrections.content(row[it.name] for it in about)) if row else None


def _behind(granted: Granted, key: Named) -> tuple[str | None, ...] | None:
    """Find the key of the granted row that the receiver sees under these pseudonyms: none can be turned back, so every row is asked."""
    grant = granted.grant
    masked = [(grant.dataset.key.index(name), grant.maskers[name], seen) for name, seen in key.pseudonyms.items()]
    for chunk in granted.reading((), key.asked).lines():
        for line in chunk.decode().split("\n")[:-1]:
            values = split(line)
            if all(mask(values[at] or "") == seen for at, mask, seen in masked):
                return values
    return None
