"""Refused rows as they stand in quarantine: key, rule, values, place, since when. Told unmasked to the data's owner alone."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, text

from catalog.messages import say, texts
from connectors.database import session
from connectors.line import hash_text, split
from hub import ledger
from hub.guest import visiting
from hub.open import Hub
from hub.route import Route, resolve
from hub.store import runs


@dataclass(frozen=True, slots=True)
class Refused:
    """A quarantined row: its key, the rule that refused it, the row's values by field, and since when."""

    key: tuple[str | None, ...] | None
    rule: str
    values: dict[str, str | None]
    place: str
    first_seen: str
    mark: int  # hash of its key, or of a row without one

    @property
    def field(self) -> str:
        """The field that the rule is about, or ''."""
        return [*self.rule.split(":"), ""][1]

    @property
    def reason(self) -> str:
        """Why, in the reader's words."""
        name = self.rule.partition(":")[0]
        return say(name) if name in texts() else say("quarantine.broken", rule=say(f"rule.{name}", fields=self.field))


def rows(hub: Hub, flow: str) -> Iterator[Refused]:
    """Yield the rows that a flow refused, once for each rule: those of a run that waits for a person, else of the last publication."""
    route = resolve(hub.catalog, flow)
    newest = runs.latest(hub.store, flow)
    with visiting(hub, route), session(route.target) as target:
        route.workspace.prepare(target)
        entry = ledger.read(target, route.workspace, flow)
        stopped = newest.run if newest and newest.status in ("held", "rejected") else ""
        found = list(refused(target, route, stopped)) or list(refused(target, route, entry.run if entry else ""))
    yield from found


def refused(target: Connection, route: Route, run: str, *, keyless: bool = False) -> Iterator[Refused]:
    """Yield the rows that a run refused; `keyless`: and those without key of earlier ones that stand in quarantine still."""
    table, also = route.workspace.name("quarantine"), " or key_line is null" if keyless else ""
    query = (
        f"select key_line, key_hash, rule, row_line, place, first_seen from {table} where flow = :flow and (run = :run{also}) order by id"
    )
    for key, marked, rule, line, place, first_seen in target.execute(text(query), {"flow": route.flow.name, "run": run}):
        values = dict(zip(route.fields, split(line), strict=False))
        mark = hash_text(line) if marked is None else int(marked)
        yield Refused(split(key) if key is not None else None, rule, values, place or "", first_seen, mark)
