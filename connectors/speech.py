"""Our SQL as Oracle or SQL Server says it: the set-based statements of reading and difference are written once.

They are read as tokens, literals and quoted names untouched, and said anew where these two have other words:

    as before an alias · limit · group by 1 · a select without from · update … as t · temporary tables · reserved names

Refuses what cannot be said at all: a temporary table on Oracle, whose DDL may commit what was written before it.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Engine, TextClause, event, text

from catalog.errors import RejectedError

TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\[[^\]]*\]|\\?:\w+|[A-Za-z_#][\w$#]*|\d+|\s+|.""", re.DOTALL)
Part = Any  # a token, or the list of those between two parentheses
Parts = list[Part]


def oracle(sql: str) -> str:
    """Say a statement to Oracle."""
    return _said(sql, _oracle)


def sqlserver(sql: str) -> str:
    """Say a statement to SQL Server."""
    return _said(sql, _sqlserver)


def spoken(engine: Engine, sql: str) -> str:
    """Say a statement to an engine's server."""
    return {"oracle": oracle, "mssql": sqlserver}.get(engine.dialect.name, str)(sql)


def listen(engine: Engine, say: Callable[[str], str]) -> None:
    """Let every statement that is a text of ours be said so."""

    def before(connection: Connection, clause: Any, many: Any, one: Any, options: Any) -> Any:  # Any: as SQLAlchemy calls it
        if isinstance(clause, TextClause):
            clause = text(say(clause.text)).bindparams(*clause._bindparams.values())
        return clause, many, one

    event.listen(engine, "before_execute", before, retval=True)


@lru_cache(maxsize=1000)
def _said(sql: str, say: Callable[[Parts], Parts]) -> str:
    found = TOKEN.findall(sql)
    tree, rest = _nested(iter(found))
    assert not rest, "every parenthesis is closed"
    return "".join(_flat(say(tree))).strip()


def _nested(tokens: Iterator[str]) -> tuple[Parts, bool]:
    parts: Parts = []
    for token in tokens:
        if token == "(":
            inner, closed = _nested(tokens)
            assert closed, "every parenthesis is closed"
            parts.append(inner)
        elif token == ")":
            return parts, True
        else:
            parts.append(token)
    return parts, False


def _flat(parts: Parts) -> Iterator[str]:
    for part in parts:
        if isinstance(part, list):
            yield "("
            yield from _flat(part)
            yield ")"
        else:
            yield part


def _word(part: Part) -> str:
    return part.lower() if isinstance(part, str) else ""


def _words(parts: Parts) -> list[tuple[int, str]]:
    return [(at, _word(part)) for at, part in enumerate(parts) if isinstance(part, list) or not part.isspace()]


def _oracle(parts: Parts, cast: bool = False) -> Parts:
    words = [word for _, word in _words(parts)]
    if words[:2] == ["create", "temporary"]:
        raise RejectedError("system.no_temporary")
    keeps = cast or words[:1] == ["create"]
    parts = _dual(_grouped(_below(parts, _oracle, keeps)))
    said: Parts = []
    for part in parts:
        if _word(part) == "as" and not keeps:
            continue
        if _word(part) == "limit":
            said += ["fetch", " ", "first"]
            continue
        said.append(part)
    return _ended(said, "rows only")


def _sqlserver(parts: Parts, cast: bool = False) -> Parts:
    parts = _grouped(_below(parts, _sqlserver))
    parts = _updated(_into(parts))
    ordered = any(pair == ("order", "by") for pair in _pairs(parts))
    said: Parts = []
    for part in parts:
        if _word(part) == "limit":
            said += [] if ordered else ["order by (select null) "]
            said += ["offset 0 rows fetch", " ", "next"]
        elif _word(part) in RESERVED and not cast:
            said.append(f"[{part}]")
        else:
            said.append(part)
    return _ended(said, "rows only")


RESERVED = ("rule",)  # names of the hub's own tables


def _below(parts: Parts, say: Callable[..., Parts], keeps: bool = False) -> Parts:
    """Say what stands in parentheses; `cast(x as type)` keeps its `as`."""
    said, before = Parts(), ""
    for part in parts:
        if isinstance(part, list):
            part = say(part, cast=keeps or before in ("cast", "try_cast"))
        said.append(part)
        before = before if isinstance(part, str) and part.isspace() else _word(part)
    return said


def _pairs(parts: Parts) -> list[tuple[str, str]]:
    words = [word for _, word in _words(parts)]
    return list(pairwise(words))


def _ended(parts: Parts, end: str) -> Parts:
    """Close `fetch first 10` with its last words."""
    words = _words(parts)
    for (_, word), (at, number) in pairwise(words):
        if word in ("first", "next") and number.isdigit():
            return [*parts[: at + 1], " ", end, *parts[at + 1 :]]
    return parts


def _grouped(parts: Parts) -> Parts:
    """Name what `group by 1` groups by: here a number is a constant."""
    words = _words(parts)
    for at in range(len(words) - 2):
        if [word for _, word in words[at : at + 3]] == ["group", "by", "1"]:
            start = next(place for place, word in reversed(words[:at]) if word == "select") + 1
            end = next(place for place, part in enumerate(parts[start:], start) if part == ",")
            first = parts[start:end]
            alias = next(place for place, word in reversed(_words(first)) if word == "as")
            place = words[at + 2][0]
            return [*parts[:place], *_trimmed(first[:alias]), *parts[place + 1 :]]
    return parts


def _trimmed(parts: Parts) -> Parts:
    words = _words(parts)
    return parts[words[0][0] : words[-1][0] + 1]


def _dual(parts: Parts) -> Parts:
    """Give a select without from the one row of `dual`."""
    said, rest = Parts(), parts
    while any(_word(part) == "select" for part in rest):
        at = next(place for place, part in enumerate(rest) if _word(part) == "select")
        end = next((place for place, part in enumerate(rest) if place > at and _word(part) == "union"), len(rest))
        chosen = rest[at:end]
        said += rest[:at] + chosen
        said += [] if any(_word(part) == "from" for part in chosen) else [" from dual "]
        rest = rest[end:]
    return said + rest


def _into(parts: Parts) -> Parts:
    """Make a temporary table as SQL Server does: `select … into #name from …`; its name begins with #."""
    words = _words(parts)
    if [word for _, word in words[:2]] != ["create", "temporary"]:
        return parts
    name, after = words[3], words[4]
    if after[1] != "as":
        return ["create table ", *parts[name[0] :]]
    rest = parts[after[0] + 1 :]
    at = next(place for place, part in enumerate(rest) if _word(part) == "from")
    return [*_trimmed(rest[:at]), " into ", parts[name[0]], " ", *rest[at:]]


def _updated(parts: Parts) -> Parts:
    """Turn `update X as t set A where B` into `update t set A from X as t where B`."""
    words = _words(parts)
    if not words or words[0][1] != "update":
        return parts
    known = [word for _, word in words]
    if "as" not in known or "set" not in known or known.index("as") > known.index("set") or "from" in known:
        return parts
    places = dict(zip(reversed(known), (place for place, _ in reversed(words)), strict=True))
    table, alias = parts[words[1][0] : places["as"]], words[known.index("as") + 1]
    where = places.get("where", len(parts))
    values = _trimmed(parts[places["set"] + 1 : where])
    return ["update ", parts[alias[0]], " set ", *values, " from ", *_trimmed(table), " as ", parts[alias[0]], " ", *parts[where:]]


def lines(rows: Sequence[Sequence[str | None]], join: Callable[[Sequence[str | None]], str]) -> bytes:
    """Write rows of canonical values as a chunk of lines."""
    return "".join([join(row) + "\n" for row in rows]).encode()
