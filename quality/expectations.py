"""Great Expectations, behind this one file: it runs the rules on the staged table by SQL, and counts. It names no failing row.

Its native expectations serve where they mean what our rules mean on every engine; its row lengths count bytes on MariaDB, its
uniqueness and ranges follow collations and storage classes, so those rules are given to it as queries of their own.
"""

import logging
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, text

from catalog.codes import CodeTable
from catalog.dataset import Dataset
from catalog.errors import UnprovenError
from catalog.rule import FreshWithin, InCodes, KeyUnique, Matches, RowCountBetween, Rule
from quality.batch import Batch
from quality.pattern import whole
from quality.predicates import failing_table, predicate
from quality.rules import identity


def count_failures(rules: Sequence[Rule], batch: Batch, dataset: Dataset, codes: Mapping[str, CodeTable]) -> list[int]:
    """Count, for each rule, the rows (or 1 for a rule about the whole table) that fail. UnprovenError where a rule cannot be run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it advises data sources of other names and drivers
        gx = _great_expectations()
        base = gx.data_context.types.base
        nowhere = base.DataContextConfig(  # no docs site in a temporary folder, no progress bars
            store_backend_defaults=base.InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
            progress_bars=base.ProgressBarsConfig(globally=False),
        )
        context = gx.get_context(mode="ephemeral", project_config=nowhere)
        url = batch.engine.url.render_as_string(hide_password=False)
        source = context.data_sources.add_sql("stage", connection_string=url, create_temp_table=False)
        try:
            asset = source.add_table_asset("stage", table_name=batch.table, schema_name=batch.schema)
            staged = asset.add_batch_definition_whole_table("whole").get_batch()
            expectations = [_expectation(number, rule, batch, dataset, codes) for number, rule in enumerate(rules)]
            passed = [_passed(result) for result in _validate(gx, staged, expectations, "BOOLEAN_ONLY")]
            failing = [expectation for expectation, good in zip(expectations, passed, strict=True) if not good]
            counted = iter([_count(result) for result in _validate(gx, staged, failing, "SUMMARY")])
            return [0 if good else next(counted) for good in passed]
        finally:
            source.get_execution_engine().close()
            source.get_engine().dispose()


def _great_expectations() -> Any:  # Any: the package's own types hold only half of what it exports
    """Import it when a batch is judged: 2.8 s and 220 MB that nobody else should pay."""
    import great_expectations

    logging.getLogger("great_expectations").propagate = False
    return great_expectations


def _validate(gx: Any, staged: Any, expectations: Sequence[Any], form: str) -> list[Any]:  # Any: Great Expectations is untyped
    if not expectations:
        return []
    suite = gx.ExpectationSuite("rules", expectations=list(expectations))
    results = staged.validate(suite, result_format=form).results
    by_rule = {result.expectation_config.meta["rule"]: result for result in results}
    return [by_rule[expectation.meta["rule"]] for expectation in expectations]


def _passed(result: Any) -> bool:  # Any: as above
    if result.exception_info.get("raised_exception", False) or any(
        isinstance(part, dict) and part.get("raised_exception") for part in result.exception_info.values()
    ):
        raise UnprovenError("quality.errored", rule=result.expectation_config.meta["rule"].partition(":")[2])
    return bool(result.success)


def _count(result: Any) -> int:  # Any: as above
    _passed(result)
    found = result.result
    return int(found["unexpected_count"] if "unexpected_count" in found else found["observed_value"])


def _expectation(number: int, rule: Rule, batch: Batch, dataset: Dataset, codes: Mapping[str, CodeTable]) -> Any:  # Any: as above
    gxe = _great_expectations().expectations
    meta = {"rule": f"{number}:{identity(rule, dataset)}"}
    match rule:
        case Matches():
            return gxe.ExpectColumnValuesToMatchRegex(column=rule.field, regex=whole(rule.pattern, batch.engine.dialect.name), meta=meta)
        case InCodes():
            return gxe.ExpectColumnValuesToBeInSet(column=rule.field, value_set=list(codes[rule.codes].codes), meta=meta)
        case KeyUnique():
            query = _repeated_keys(batch, dataset)
        case RowCountBetween() | FreshWithin():
            query = _literal(*failing_table(rule, batch, dataset), batch)
        case _:
            condition, binds = predicate(rule, batch, dataset, codes)
            query = _literal(f"select s.hub_row from {batch.staged} as s where {condition}", binds, batch)
    # it insists on {batch}, where it puts a nested select; our queries name the staged table themselves
    escaped = query.replace("{", "{{").replace("}", "}}")
    return gxe.UnexpectedRowsExpectation(unexpected_rows_query=f"/* {{batch}} */ {escaped}", meta=meta)


def _repeated_keys(batch: Batch, dataset: Dataset) -> str:
    """Find repeated keys by grouping, where our own predicate numbers them in windows."""
    keys = ", ".join(map(batch.column, dataset.key))
    present = " and ".join(f"{batch.column(name)} is not null" for name in dataset.key)
    same = " and ".join(f"s.{batch.column(name)} = g.{batch.column(name)}" for name in dataset.key)
    groups = f"select {keys} from {batch.staged} where {present} group by {keys} having count(*) > 1"
    return f"select s.hub_row from {batch.staged} as s join ({groups}) as g on {same}"


def _literal(statement: str, binds: Mapping[str, Any], batch: Batch) -> str:  # Any: a driver takes any bound value
    """Write bound values into the query: it is handed over as text. They come from the catalog, never from a row."""
    clause = text(statement).bindparams(*(bindparam(name, value, expanding=isinstance(value, tuple)) for name, value in binds.items()))
    return str(clause.compile(dialect=batch.engine.dialect, compile_kwargs={"literal_binds": True})).replace("%%", "%")
