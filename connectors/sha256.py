"""The row hash between PostgreSQL and MariaDB: SHA-256, which both have built in. MariaDB prepares each md5 anew, at four times the cost.

The other engines, and whoever hashes rows on the way, take md5: openGauss has nothing else (connectors.lane.hash_of_both chooses).
"""

from collections.abc import Sequence

from connectors import dialect as shared
from connectors.line import is_hashed
from connectors.mariadb_text import OCTETS, Text
from connectors.postgresql import PostgreSQL
from connectors.selection import Column


class _Octets(Text):
    """MariaDB's values, long ones by their SHA-256."""

    def fingerprint(self, expr: str) -> str:
        return f"sha2({expr}, 256)"


class _Characters(PostgreSQL):
    """PostgreSQL's values, long ones by their SHA-256."""

    def fingerprint(self, expr: str) -> str:
        return f"encode(sha256({expr}), 'hex')"

    def raw(self, expr: str, column: Column) -> str:
        raw = super().raw(expr, column)
        return f"convert_to({raw}, 'UTF8')" if is_hashed(column.type) and column.type.kind != "bytes" else raw


MARIADB, POSTGRESQL = _Octets(OCTETS.form, OCTETS.charset), _Characters()


def row_hash(engine: str, columns: Sequence[tuple[str, Column]]) -> str:
    """SQL for a row's 60-bit hash: the first fifteen hexadecimal digits, as a number."""
    if engine == "mariadb":
        row = MARIADB.concat([MARIADB.empty, *shared.pieces(MARIADB, columns)])
        return f"cast(conv(substr(sha2({row}, 256), 1, 15), 16, 10) as unsigned)"
    row = shared.row_text(POSTGRESQL, columns)
    return f"cast(cast('x' || substr(encode(sha256(convert_to({row}, 'UTF8')), 'hex'), 1, 15) as bit(60)) as bigint)"
