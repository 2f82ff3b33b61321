"""The text of MariaDB's values in its SQL: as characters of utf8mb4, or as octets, which it joins, trims and searches at half the cost."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from connectors import mariadb_guard
from connectors.selection import Column

BINARY = "utf8mb4_nopad_bin"  # 'a' and 'a ' differ, and so do 𬀩 and 𬀪
FRACTION = re.compile(r"(?:datetime|timestamp|time)\([1-6]\)")  # whose own text ends with decimals
INTEGERS = ("tinyint", "smallint", "mediumint", "int", "bigint")


@dataclass(frozen=True, slots=True)
class Text:
    """One of the two ways to write values: `form` is what they are cast to, `charset` introduces literals."""

    form: str
    charset: str

    @property
    def tab(self) -> str:
        return f"{self.charset} 0x09"

    @property
    def null(self) -> str:
        return f"{self.charset} 0x5C4E"

    def concat(self, parts: Sequence[str]) -> str:
        return "concat(" + ", ".join(parts) + ")"

    @property
    def empty(self) -> str:
        return f"{self.charset} ''"

    def octets(self, expr: str) -> str:
        return f"octet_length({expr})"

    def fingerprint(self, expr: str) -> str:
        return f"md5({expr})"

    def raw(self, expr: str, column: Column) -> str:
        """SQL for an expression of the same octets as the canonical text, for a bytes value of those that it stands for.

        A number needs no cast to be joined to octets: each costs as much as the joining.
        """
        whole = column.type.kind in ("integer", "decimal", "boolean") and _is_whole(column.native)
        bare = whole or column.type.kind == "bytes" or self._is_stored(column) or column.native == column.type.kind == "date"
        return expr if bare else self.canonical(expr, column)

    def escape(self, text: str) -> str:
        for plain, escaped in (("5C", "5C5C"), ("09", "5C74"), ("0A", "5C6E"), ("0D", "5C72")):
            text = f"replace({text}, {self.charset} 0x{plain}, {self.charset} 0x{escaped})"
        return text

    def canonical(self, expr: str, column: Column) -> str:
        """SQL for the canonical text of a value (see connectors.line)."""
        native = column.native
        match column.type.kind:
            case "string" | "json":
                return self._characters(expr, column)
            case "integer":
                return self._cast(expr if _is_whole(native) else f"cast({expr} as decimal(65,0))")
            case "decimal":
                return self._cast(expr) if _is_whole(native) else self._decimal(expr, column)
            case "float":
                return self._octets(_float(f"cast({expr} as double)"))
            case "boolean":
                return self._cast(f"cast({expr} as signed)")
            case "date":
                return self._cast(f"cast({expr} as date)")
            case _ if FRACTION.fullmatch(native):
                return self._trimmed(expr)
            case "time" | "duration":
                return self._trimmed(f"cast({expr} as time(6))")
            case "bytes":
                return self._octets(f"concat(_utf8mb4 0x5C78, lower(hex({expr})))")
            case _:  # timestamp, timestamptz: the session's zone is UTC
                return self._trimmed(f"cast({expr} as datetime(6))")

    def plain(self, expr: str, column: Column) -> str:
        """SQL for a value as its own type writes it, where a typed load reads that alike; else its canonical text."""
        native = column.native
        by_itself = {
            "decimal": native.startswith("decimal"),
            "time": native.startswith("time") and not native.startswith("timestamp"),
            "duration": native.startswith("time") and not native.startswith("timestamp"),
            "timestamp": native.startswith(("datetime", "timestamp")),
            "timestamptz": native.startswith(("datetime", "timestamp")),
        }.get(column.type.kind, False)
        return self._cast(expr) if by_itself and not native.endswith("zerofill") else self.canonical(expr, column)

    def _cast(self, expr: str) -> str:
        return f"cast({expr} as {self.form})"

    def _octets(self, characters: str) -> str:
        return self._cast(characters) if self.form == "binary" else characters

    def _characters(self, expr: str, column: Column) -> str:
        native = column.native
        if self._is_stored(column):
            return self._cast(expr)
        if native.startswith("bit"):
            return self._octets(f"lpad(bin({expr}), {native[4:-1]}, '0')")
        textual = not native or mariadb_guard.is_text(native)
        return self._octets(f"convert({expr} using utf8mb4) collate {BINARY}" if textual else f"cast({expr} as char)")

    def _is_stored(self, column: Column) -> bool:
        """Say whether a column's own octets are those of its text."""
        textual = column.type.kind in ("string", "json") and (not column.native or mariadb_guard.is_text(column.native))
        stored = column.collation or ("" if column.native else BINARY)  # a query's result does not tell its collations
        return self.form == "binary" and textual and stored.startswith("utf8mb4")

    def _trimmed(self, expr: str) -> str:
        """Trim the zeros that a fixed number of decimals leaves."""
        return f"trim(trailing '.' from trim(trailing '0' from {self._cast(expr)}))"

    def _decimal(self, x: str, column: Column) -> str:
        if column.native.startswith("decimal") and not column.native.endswith("zerofill"):
            return self._cast(x) if ",0)" in column.native else self._trimmed(x)
        number = f"cast({x} as double)" if column.native.startswith("float") else x
        scaled = f"cast({number} as decimal({column.type.precision},{column.type.scale}))"
        return self._trimmed(scaled) if column.type.scale else self._cast(scaled)


CHARACTERS, OCTETS = Text("char", "_utf8mb4"), Text("binary", "_binary")


def _is_whole(native: str) -> bool:
    return native.startswith(INTEGERS) and not native.endswith("zerofill")


def _float(x: str) -> str:
    mantissa = f"substring_index(cast({x} as char), 'e', 1)"
    digits = f"trim(leading '0' from replace(replace({mantissa}, '-', ''), '.', ''))"
    short = f"trim(trailing '0' from {digits})"
    exponent = f"if(locate('e', cast({x} as char)), cast(substring_index(cast({x} as char), 'e', -1) as signed), 0)"
    fraction = f"if(locate('.', {mantissa}), length(substring_index({mantissa}, '.', -1)), 0)"
    return (
        f"if({x} = 0, cast({x} as char), concat(if({x} < 0, '-', ''), {short}, 'e',"
        f" {exponent} - {fraction} + length({digits}) - length({short})))"
    )
