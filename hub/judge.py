"""The second step: judge the staged batch by the dataset's rules, and move what fails to quarantine."""

import time
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from catalog.errors import RejectedError
from catalog.rule import References
from connectors.database import engine_of, pooled, session
from connectors.difference import Difference
from connectors.digest import Digest
from connectors.quarantined import Quarantined
from connectors.selection import Relation
from connectors.workspace import bad_name, stage_name
from hub import brakes, fit
from hub.brakes import Approval
from hub.open import Hub
from hub.route import Route
from hub.staging import Staged
from quality.batch import Batch
from quality.judge import judge as weigh
from quality.verdict import Verdict


def judge(hub: Hub, route: Route, run: str, batch: Staged, *, now: datetime) -> tuple[Staged, Verdict]:
    """Weigh a staged batch; return it as it is to be published, and the verdict. Nothing outside the hub's own tables changes.

    Raises RejectedError where a blocking rule failed, HeldError where too many rows are quarantined.
    """
    began = time.perf_counter()
    with session(route.target) as target:
        workspace = route.workspace
        shape = workspace.dialect.shape(target, route.destination)
        references = _references(hub, route, target)
        staged = workspace.dialect.shape(target, Relation(workspace.prefix + stage_name(run), workspace.schema))
        target.rollback()
        verdict = weigh(
            Batch(
                engine=engine_of(route.target),
                reached=pooled(route.target),
                schema=workspace.schema,
                table=workspace.prefix + stage_name(run),
                bad=workspace.prefix + bad_name(run),
                fields=route.judged_fields,
                target_schema=route.destination.schema,
                target=route.destination.table if shape else None,
                whole=batch.kind == "whole",
                keyed=staged is not None and set(staged.key) == set(route.dataset.key),
                references=references,
                as_of=datetime.fromisoformat(batch.as_of),
                zone=hub.catalog.zone,
            ),
            route.judged,
            hub.catalog.codes,
        )
        if verdict.blocked:
            blocking = sorted({finding.id for finding in verdict.findings if finding.on_fail == "block"})
            raise RejectedError("rejected.rules", count=len(blocking), rules=", ".join(blocking))
        landing = route.landing(shape) if shape else route.columns
        difference = Difference(
            target, workspace, route.flow.name, run, route.destination, landing, route.dataset.key, now, hashed=batch.hashed
        )
        rules = [finding.id for finding in verdict.findings]
        around = workspace.dialect.around(target, route.destination) if shape else None
        unheld = fit.set_aside(difference, around, whole=batch.kind == "whole", after=len(rules)) if around else []
        leaving = Quarantined(difference).leaving() if verdict.quarantined or unheld else Digest()
        moved = Quarantined(difference).move(rules + unheld) if leaving.count else 0
        target.commit()
    quarantined = moved + batch.rejected
    limit, total = route.flow.brakes.max_quarantine, batch.source.count + batch.rejected
    brakes.check("max_quarantine", limit, Approval(batch.approval), seen=quarantined, total=total)
    seconds = batch.seconds | {"judge": round(time.perf_counter() - began, 3)}
    return replace(batch, stage=batch.stage - leaving, quarantined=quarantined, seconds=seconds), verdict


def _references(hub: Hub, route: Route, target: Connection) -> dict[str, tuple[str | None, str, str]]:
    """Find where the datasets that this one refers to lie in the target system: dataset → (schema, table, key)."""
    found = {}
    named = {rule.dataset for rule in route.dataset.rules if isinstance(rule, References)}
    for flow in hub.catalog.flows.values():
        relation = Relation(flow.target.table, route.target.db_schema)
        brought = flow.dataset in named and flow.target.system == route.flow.target.system
        if brought and route.workspace.dialect.shape(target, relation) is not None:
            found[flow.dataset] = (relation.schema, relation.table, hub.catalog.datasets[flow.dataset].key[0])
    return found
