"""Judge a batch: Great Expectations counts, our own predicates name the rows, and both must agree."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, TextClause, bindparam, text

from catalog.codes import CodeTable
from catalog.dataset import Dataset
from catalog.errors import UnprovenError
from catalog.rule import FreshWithin, RowCountBetween, Rule
from quality.batch import Batch
from quality.predicates import Binds, failing_table, predicate
from quality.rules import fields, identity, rules
from quality.verdict import Finding, Verdict

ALONE = ("oracle", "mssql")
KEYS = 20  # failing keys that a finding shows


def judge(batch: Batch, dataset: Dataset, codes: Mapping[str, CodeTable]) -> Verdict:
    """Run every rule of the dataset on the staged rows; list the rows that quarantine rules refuse in `batch.bad`.

    UnprovenError where a rule cannot be run, or where two counts of its failures differ.
    """
    everything = list(rules(dataset))
    judged = [rule for rule in everything if set(fields(rule, dataset)) <= set(batch.fields)]
    failures = iter(count_failures(judged, batch, dataset, codes))
    found: list[Finding] = []
    with batch.engine.connect() as connection:
        for rule in everything:
            if rule not in judged:
                found.append(_finding(rule, dataset, found, 0, judged=False))
                continue
            failed, number = next(failures), sum(1 for finding in found if finding.failed)
            keys = _name(rule, batch, dataset, codes, connection, failed, number=number) if failed else ()
            found.append(_finding(rule, dataset, found, failed, keys))
        rows = connection.execute(text(f"select count(*) from {batch.staged}")).scalar_one()
        bad = batch.name(batch.bad, batch.schema)
        quarantined = connection.execute(text(f"select count(distinct hub_row) from {bad}")).scalar_one()
        connection.commit()
    return Verdict(rows, tuple(found), quarantined)


def count_failures(rules: Sequence[Rule], batch: Batch, dataset: Dataset, codes: Mapping[str, CodeTable]) -> list[int]:
    """Let Great Expectations count; it is imported here, when a batch is judged. On engines that it does not know we count alone."""
    if batch.engine.dialect.name in ALONE:
        with batch.engine.connect() as connection:
            return [_counted(rule, batch, dataset, codes, connection) for rule in rules]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some of what it imports is deprecated
        from quality import expectations
    return expectations.count_failures(rules, batch, dataset, codes)


def _counted(rule: Rule, batch: Batch, dataset: Dataset, codes: Mapping[str, CodeTable], connection: Connection) -> int:
    if isinstance(rule, RowCountBetween | FreshWithin):
        return len(connection.execute(*_bound(*failing_table(rule, batch, dataset))).all())
    condition, binds = predicate(rule, batch, dataset, codes)
    return int(connection.execute(*_bound(f"select count(*) from {batch.staged} as s where {condition}", binds)).scalar_one())


def _name(
    rule: Rule, batch: Batch, dataset: Dataset, codes: Mapping[str, CodeTable], connection: Connection, failed: int, *, number: int
) -> tuple[str, ...]:
    """Select the failing rows by our own predicate, hold their number against the first count, and return some of their keys."""
    if isinstance(rule, RowCountBetween | FreshWithin):
        ours = len(connection.execute(*_bound(*failing_table(rule, batch, dataset))).all())
        _agree(rule, dataset, ours, failed)
        return ()
    condition, binds = predicate(rule, batch, dataset, codes)
    if rule.on_fail == "quarantine":
        bad = batch.name(batch.bad, batch.schema)
        statement = f"insert into {bad} (hub_row, rule) select s.hub_row, {number} from {batch.staged} as s where {condition}"
        ours = connection.execute(*_bound(statement, binds)).rowcount
    else:
        ours = connection.execute(*_bound(f"select count(*) from {batch.staged} as s where {condition}", binds)).scalar_one()
    _agree(rule, dataset, ours, failed)
    if not dataset.key or any(dataset.field(name).sensitivity in ("personal", "sensitive") for name in dataset.key):
        return ()
    keys = ", ".join(f"s.{batch.column(name)}" for name in dataset.key)
    shown = connection.execute(*_bound(f"select {keys} from {batch.staged} as s where {condition} order by s.hub_row limit {KEYS}", binds))
    return tuple("|".join(map(str, row)) for row in shown)


def _agree(rule: Rule, dataset: Dataset, ours: int, theirs: int) -> None:
    if ours != theirs:
        raise UnprovenError("quality.disagree", rule=identity(rule, dataset), ours=ours, theirs=theirs)


def _finding(
    rule: Rule, dataset: Dataset, before: list[Finding], failed: int, keys: tuple[str, ...] = (), *, judged: bool = True
) -> Finding:
    name = identity(rule, dataset)
    same = sum(1 for finding in before if finding.id.partition("#")[0] == name)
    return Finding(f"{name}#{same + 1}" if same else name, rule.rule, fields(rule, dataset), rule.on_fail, failed, keys, judged)


def _bound(statement: str, binds: Binds) -> tuple[TextClause, Binds]:
    lists: list[BindParameter[Any]] = [  # Any: a driver takes any bound value
        bindparam(name, expanding=True) for name, value in binds.items() if isinstance(value, tuple)
    ]
    return text(statement).bindparams(*lists), binds
