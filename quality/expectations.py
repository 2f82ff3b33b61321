"""Great Expectations, behind this one file: it runs the rules on the staged table by SQL, and counts. It names no failing row.

Its native expectations serve where they mean what our rules mean on every engine; its row lengths count bytes on MariaDB, its
uniqueness and ranges follow collations and storage classes, so those rules are given to it in SQL of our own. Rules
that look at one row only are counted in one scan. Import it when a batch is judged: 2.8 s and 220 MB that nobody else should pay.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, ClassVar

import great_expectations as gx
from great_expectations.core.batch import Batch as Opened
from great_expectations.data_context.types import base
from great_expectations.execution_engine.sqlalchemy_batch_data import SqlAlchemyBatchData
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import column_condition_partial
from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import ColumnMapMetricProvider
from great_expectations.validator.validator import Validator
from sqlalchemy import ColumnElement, Text, bindparam, literal_column, not_, text

from catalog.codes import CodeTable
from catalog.dataset import Dataset
from catalog.errors import UnprovenError
from catalog.rule import FreshWithin, InCodes, InRange, KeyUnique, Matches, MaxLength, NotBefore, Required, RowCountBetween, Rule
from quality.batch import Batch
from quality.pattern import whole
from quality.predicates import failing_table, predicate
from quality.rules import identity

TOGETHER = -1  # instead of a rule's number
NUMBER = "hub_row"  # of every staged row, never NULL: the column that a rule about the row is asked of

gxe: Any = gx.expectations  # Any: the package does not say which names it exports
logging.getLogger("great_expectations").propagate = False


class RowFails(ColumnMapMetricProvider):
    """A condition in our own SQL; Great Expectations counts all such conditions in one statement."""

    condition_metric_name = "column_values.row_fails"
    condition_value_keys = ("failing",)
    filter_column_isnull = False

    @column_condition_partial(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(cls, column: Any, failing: str, **_: Any) -> ColumnElement[bool]:  # noqa: N805  the decorator makes it a class method; Any: the library's own values
        return not_(literal_column(f"({failing})"))


class _Counted(BatchExpectation):
    """An expectation that is answered with the number of rows that fail, and asks for nothing else."""

    column: str = NUMBER
    domain_keys: ClassVar[tuple[str, ...]] = ("batch_id", "column")

    def _validate(self, metrics: Any, runtime_configuration: Any = None, execution_engine: Any = None) -> Any:  # Any: the library's own
        return _found(metrics[self.metric_dependencies[0]])


class ExpectNoRowFails(_Counted):
    """Expect that no staged row meets `failing`, a predicate in our own SQL; a row for which it is NULL passes."""

    failing: str
    metric_dependencies: ClassVar[tuple[str, ...]] = ("column_values.row_fails.unexpected_count",)
    success_keys: ClassVar[tuple[str, ...]] = ("failing",)


class ExpectMatches(_Counted):
    """Expect that every value matches a regular expression, as Great Expectations asks the engine."""

    regex: str
    metric_dependencies: ClassVar[tuple[str, ...]] = ("column_values.match_regex.unexpected_count",)
    success_keys: ClassVar[tuple[str, ...]] = ("regex",)


class ExpectInSet(_Counted):
    """Expect that every value is one of a set, as Great Expectations asks the engine."""

    value_set: list[str]
    metric_dependencies: ClassVar[tuple[str, ...]] = ("column_values.in_set.unexpected_count",)
    success_keys: ClassVar[tuple[str, ...]] = ("value_set",)


class ExpectNothingFound(gxe.UnexpectedRowsExpectation):  # type: ignore[misc]  # its base is Any, see gxe
    """Expect that a query of ours finds no row; it counts them, and does not fetch them too."""

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.row_count",)

    def _validate(self, metrics: Any, runtime_configuration: Any = None, execution_engine: Any = None) -> Any:  # Any: the library's own
        return _found(metrics["unexpected_rows_query.row_count"])


def _found(rows: int | None) -> dict[str, Any]:  # Any: the library's own values
    """Answer with a count as Great Expectations wants it; the sum over no row is none."""
    return {"success": not rows, "result": {"observed_value": int(rows or 0)}}


def count_failures(rules: Sequence[Rule], batch: Batch, dataset: Dataset, codes: Mapping[str, CodeTable]) -> list[int]:
    """Count, for each rule, the rows (or 1 for a rule about the whole table) that fail. UnprovenError where a rule cannot be run."""
    asked = {number: rule for number, rule in enumerate(rules) if not (batch.keyed and isinstance(rule, KeyUnique))}
    everything = [_expectation(number, rule, batch, dataset, codes) for number, rule in asked.items()]
    ours = [it for it in everything if isinstance(it, ExpectNoRowFails)]
    others = [it for it in everything if not isinstance(it, ExpectNoRowFails)]
    with _staged(batch) as staged:
        # most batches pass: our own predicates are asked together, and apart only where some row fails
        counts = _counts(staged, [*_together(ours), *others], everything)
        if counts.pop(TOGETHER, 0):
            counts |= _counts(staged, ours, everything)
    return [counts.get(number, 0) for number in range(len(rules))]


def _together(ours: Sequence[ExpectNoRowFails]) -> list[ExpectNoRowFails]:
    """Ask several predicates in one; not in a chain of OR, whose depth SQLite bounds."""
    tests = " ".join(f"when {it.failing} then 1" for it in ours)
    return [ExpectNoRowFails(failing=f"case {tests} end = 1", meta={"number": TOGETHER})] if ours else []


class _Described:
    """What Great Expectations asks of an inspector, told instead of reflected: it wants names, and does nothing with types."""

    def __init__(self, batch: Batch) -> None:
        self.dialect = batch.engine.dialect
        self._columns = [{"name": name, "type": Text()} for name in (NUMBER, *batch.fields)]

    def get_columns(self, **_: object) -> list[dict[str, Any]]:  # Any: as above
        return self._columns

    def get_pk_constraint(self, **_: object) -> dict[str, Any]:  # Any: as above
        return {}


@cache
def _context() -> Any:  # Any: the library's own contexts share no type that tells what they can
    nowhere = base.DataContextConfig(  # no docs site in a temporary folder, no progress bars
        store_backend_defaults=base.InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=base.ProgressBarsConfig(globally=False),
    )
    return gx.get_context(mode="ephemeral", project_config=nowhere)


@contextmanager
def _staged(batch: Batch) -> Iterator[Validator]:
    """Open the staged table; its connections are closed at the end. A data source of the context would be written as YAML three times."""
    url = batch.engine.url.render_as_string(hide_password=False)
    engine = SqlAlchemyExecutionEngine(connection_string=url, create_temp_table=False, **batch.reached)
    described: Any = _Described(batch)  # Any: it takes the place of an inspector
    engine.get_inspector = lambda: described  # type: ignore[method-assign]  # three queries of the catalogue a batch
    try:
        data: Any = SqlAlchemyBatchData(engine, schema_name=batch.schema, table_name=batch.table, create_temp_table=False)  # Any: see gxe
        yield Validator(engine, data_context=_context(), batches=[Opened(data=data)])
    finally:
        engine.close()
        engine.engine.dispose()


def _counts(staged: Validator, asked: Sequence[Any], everything: Sequence[Any]) -> dict[int, int]:  # Any: as above
    """Return the failures by number of the rule; where some cannot be counted, `everything`, each alone, tells which rule is at fault."""
    results = _validate(staged, asked)
    if any(map(_is_errored, results)):
        guilty = next((it for it in everything if any(map(_is_errored, _validate(staged, [it])))), everything[0])
        raise UnprovenError("quality.errored", rule=guilty.meta["rule"])
    return {result.expectation_config.meta["number"]: int(result.result["observed_value"]) for result in results}


def _validate(staged: Validator, asked: Sequence[Any]) -> list[Any]:  # Any: as above
    return staged.graph_validate([it.configuration for it in asked], {"result_format": "BASIC"}) if asked else []


def _is_errored(result: Any) -> bool:  # Any: as above
    info = result.exception_info
    return bool(info.get("raised_exception")) or any(isinstance(part, dict) and part.get("raised_exception") for part in info.values())


def _expectation(number: int, rule: Rule, batch: Batch, dataset: Dataset, codes: Mapping[str, CodeTable]) -> Any:  # Any: as above
    meta = {"number": number, "rule": identity(rule, dataset)}
    match rule:
        case Matches():
            return ExpectMatches(column=rule.field, regex=whole(rule.pattern, batch.engine.dialect.name), meta=meta)
        case InCodes():
            return ExpectInSet(column=rule.field, value_set=list(codes[rule.codes].codes), meta=meta)
        case Required() | MaxLength() | InRange() | NotBefore():
            failing = _literal(*predicate(rule, batch, dataset, codes, row=""), batch)
            return ExpectNoRowFails(failing=failing, meta=meta)
        case KeyUnique():
            query = _repeated_keys(batch, dataset)
        case RowCountBetween() | FreshWithin():
            query = _literal(*failing_table(rule, batch, dataset), batch)
        case _:
            condition, binds = predicate(rule, batch, dataset, codes)
            query = _literal(f"select s.hub_row from {batch.staged} as s where {condition}", binds, batch)
    # it insists on {batch}, where it puts a nested select; our queries name the staged table themselves
    escaped = query.replace("{", "{{").replace("}", "}}")
    return ExpectNothingFound(unexpected_rows_query=f"/* {{batch}} */ {escaped}", meta=meta)


def _repeated_keys(batch: Batch, dataset: Dataset) -> str:
    """Find repeated keys by grouping, where our own predicate numbers them in windows."""
    keys = ", ".join(map(batch.column, dataset.key))
    present = " and ".join(f"{batch.column(name)} is not null" for name in dataset.key)
    same = " and ".join(f"s.{batch.column(name)} = g.{batch.column(name)}" for name in dataset.key)
    groups = f"select {keys} from {batch.staged} where {present} group by {keys} having count(*) > 1"
    if batch.engine.dialect.name == "mysql":
        # else MariaDB groups once for every row, or into a temporary table on disk: a hundred times as long
        groups += f" order by {keys} limit {2**63 - 1}"
    return f"select s.hub_row from {batch.staged} as s join ({groups}) as g on {same}"


def _literal(statement: str, binds: Mapping[str, Any], batch: Batch) -> str:  # Any: a driver takes any bound value
    """Write bound values into the query: it is handed over as text. They come from the catalog, never from a row."""
    clause = text(statement).bindparams(*(bindparam(name, value, expanding=isinstance(value, tuple)) for name, value in binds.items()))
    return str(clause.compile(dialect=batch.engine.dialect, compile_kwargs={"literal_binds": True})).replace("%%", "%")
