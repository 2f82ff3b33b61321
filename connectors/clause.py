"""FROM and WHERE: which rows of a relation a selection means, as SQL and its binds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from catalog.condition import Condition, Scalar
from catalog.field_type import FieldType
from connectors.dialect import Binds, Dialect
from connectors.line import canonical
from connectors.selection import Column, Group, Selection

KEYS, NUMBERS = 400, 4000  # keys a statement; where they are plain numbers
WHOLE = ("bigint", "int", "smallint")  # what both servers call columns of whole numbers
OPERATORS = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
TEXT = FieldType("string")


@dataclass(frozen=True, slots=True)
class Clause:
    """The rows of `selection`, whose relation is called `alias`."""

    dialect: Dialect
    selection: Selection
    alias: str

    def tails(self) -> Iterator[tuple[str, Binds]]:
        """Yield SQL from FROM on, and its binds: one for all rows, or one for as many keys as a statement takes."""
        keys = self.selection.keys
        if keys is None:
            yield self.tail()
            return
        size = NUMBERS if self.numbers(keys[:1]) else KEYS
        for start in range(0, len(keys), size):
            yield self.tail(keys[start : start + size])

    def tail(self, keys: Sequence[tuple[str | None, ...]] | None = None) -> tuple[str, Binds]:
        """Return SQL from FROM on, and its binds, for the rows that have one of the keys, if any are told."""
        s, q, binds = self.selection, self.dialect.quote, Binds()
        if s.relation.query:
            origin = f"({s.relation.query})"
        else:
            origin = ".".join(q(part) for part in (s.relation.schema, s.relation.table) if part)
        joins = ""
        for field, pairs in s.codes.items():
            column = next(c for c in s.columns if c.field == field)
            source = self.dialect.canonical(f"r.{q(column.source)}", replace(column, type=TEXT))
            joins += f" left join {self.dialect.mapping(pairs, f'm_{field}')} on m_{field}.source = {source}"
        tests = [f"({test})" for test in s.only]
        tests += [self._condition(condition, binds) for condition in s.where]
        tests += [self._group(s.asked, binds)] if s.asked else []
        if s.but_not:
            tests.append(f"case when {' and '.join(self._met_in_doubt(c, binds) for c in s.but_not)} then 0 else 1 end = 1")
        window = self._window(binds)
        tests += [window] if window else []
        if keys is not None:
            tests.append(self.numbers(keys) or "(" + " or ".join(self._key(key, binds) for key in keys) + ")")
        return f"from {origin} as {self.alias}{joins}" + (" where " + " and ".join(tests) if tests else ""), binds

    def _met_in_doubt(self, condition: Condition, binds: Binds) -> str:
        """SQL for a condition that keeps a row back: a missing value is not the one that would let it pass."""
        test = self._condition(condition, binds)
        return f"case when not ({test}) then 0 else 1 end = 1" if condition.operator in ("ne", "not_in") else test

    def _group(self, group: Group, binds: Binds) -> str:
        parts = [self._group(part, binds) if isinstance(part, Group) else self._condition(part, binds) for part in group.parts]
        return f"({(' or ' if group.any else ' and ').join(parts)})"

    def _condition(self, condition: Condition, binds: Binds) -> str:
        s = self.selection
        column = s.condition_columns.get(condition.field) or next(c for c in s.columns if c.field == condition.field)
        expr = f"{self.alias}.{self.dialect.quote(column.source)}"
        value = condition.value
        if condition.operator == "is_null":
            return f"{expr} is {'' if value else 'not '}null"
        if condition.operator == "like":
            name = f"p{len(binds)}"
            binds[name] = self.dialect.pattern(str(value))
            return self.dialect.like(expr, f":{name}", column)
        compared = self.dialect.compared(expr, column)
        if isinstance(value, tuple):
            places = ", ".join(self.bind(v, column, binds) for v in value)
            return f"{compared} {'in' if condition.operator == 'in' else 'not in'} ({places})"
        return f"{compared} {OPERATORS[condition.operator]} {self.bind(value, column, binds)}"

    def bind(self, value: Scalar | None, column: Column, binds: Binds) -> str:
        """Add a value to the binds; return the SQL that compares with it."""
        name = f"p{len(binds)}"
        written = column.type.kind == "bytes" and isinstance(value, str)
        binds[name] = bytes.fromhex(str(value)[2:]) if written else canonical(column.type.kind, value)
        return self.dialect.value(f":{name}", column)

    def _window(self, binds: Binds) -> str | None:
        window = self.selection.window
        if window is None:
            return None
        expr = f"{self.alias}.{self.dialect.quote(window.cursor.source)}"
        compared, tests = self.dialect.compared(expr, window.cursor), []
        for bound, operator in ((window.low, ">" if window.open_low else ">="), (window.high, "<=")):
            if bound is not None:
                tests.append(f"{compared} {operator} {self.bind(bound, window.cursor, binds)}")
        inside = " and ".join(tests) or "1 = 1"
        # what cannot become a cursor's type belongs to every window too: there it is found and set aside
        return f"({inside} or {compared} is null)" if window.nulls else f"({inside} and {compared} is not null)"

    def numbers(self, keys: Sequence[tuple[str | None, ...]]) -> str | None:
        """SQL for the row's key being one of these, as a list of numbers; None where the key is no single column of whole numbers."""
        column, *others = self.selection.key_columns
        if others or column.type.kind != "integer" or not column.native.startswith(WHOLE) or any(value is None for (value,) in keys):
            return None
        numbers = ", ".join(str(int(value or 0)) for (value,) in keys)
        return f"{self.alias}.{self.dialect.quote(column.source)} in ({numbers})" if numbers else None

    def _key(self, key: tuple[str | None, ...], binds: Binds) -> str:
        tests = []
        for value, column in zip(key, self.selection.key_columns, strict=True):
            expr = f"{self.alias}.{self.dialect.quote(column.source)}"
            same = self.dialect.equal(expr, self.bind(value, column, binds), column) if value is not None else f"{expr} is null"
            tests.append(same)
        return f"({' and '.join(tests)})"
