"""Regular expressions that mean the same on every engine: the whole value, ASCII classes."""

import re

CLASSES = {"d": "0-9", "w": "A-Za-z0-9_", "s": " \t\r\n\f\v"}
TOKEN = re.compile(r"\\(.)|(\[)|(\])|(.)", re.DOTALL)


def whole(pattern: str, engine: str) -> str:
    r"""Translate a pattern of docs/reference/rules.md for `sqlite`, `postgresql` or `mysql`: `^\d{8}$` → `^(?:[0-9]{8})$`.

    PCRE and Python let `$` stand before a last newline, so those engines get a look-ahead that forbids it.
    """
    body = pattern.removeprefix("^")
    body = body[:-1] if body.endswith("$") and not body.endswith("\\$") else body
    parts, inside = [], False
    for match in TOKEN.finditer(body):
        escaped, opening, closing, _ = match.groups()
        if escaped is None:
            inside = (inside or bool(opening)) and not closing
            parts.append(match[0])
        elif escaped in CLASSES:
            parts.append(CLASSES[escaped] if inside else f"[{CLASSES[escaped]}]")
        else:
            # in brackets no engine needs a backslash, and none then escapes it twice
            parts.append(match[0] if inside or escaped in "\\^" else f"[{escaped}]")
    return f"{'^(' if engine == 'oracle' else '^(?:'}{''.join(parts)})" + ("$" if engine in ("postgresql", "oracle") else "$(?!\n)")
