"""Rows on their way to a REST receiver: each as its template says, under a key that makes a second try no second row, each acknowledged.

A row counts as taken only where the receiver said so. Whatever was sent before a stop may be sent again: under the same key.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from typing import Any
from urllib.parse import quote

from catalog.errors import UnavailableError
from catalog.field_type import FieldType
from catalog.received import PLACE
from catalog.rest import Call, Delivery
from connectors.handover import Change, Refusal
from connectors.line import split
from connectors.rest_client import Client
from connectors.rest_pages import search

LONGEST = 200  # characters of a reason that are kept
NOT_SHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
WRITE: Mapping[str, Callable[[str], Any]] = {  # Any: JSON values; what is not named travels as its canonical text
    "integer": int,
    "float": lambda text: float(text) if text not in ("NaN", "Infinity", "-Infinity") else text,
    "boolean": lambda text: text == "1",
    "timestamp": lambda text: text.replace(" ", "T"),
    "timestamptz": lambda text: text.replace(" ", "T") + "Z",
}
Sent = Mapping[str, Any]  # Any: JSON values by field and stamp


class RestDelivery:
    """Delivers changes of rows of these types (by field) to one receiver. `stamps` are what every row may carry of the publication."""

    def __init__(self, client: Client, it: Delivery, types: Mapping[str, FieldType], key: Sequence[str], stamps: Mapping[str, str]) -> None:
        self.client, self.it, self.types, self.key, self.stamps = client, it, types, key, stamps
        self.calls = it.calls()

    def deliver(self, changes: Iterable[Change]) -> Iterator[Refusal]:
        """Send the changes in their order and yield the refused ones. UnavailableError where the receiver does not answer rightly."""
        for op, alike in groupby(changes, key=lambda change: change.op):
            if op not in self.calls:  # a flow that delivers no deletes keeps what is there
                continue
            while some := list(islice(alike, self.it.batch)):
                yield from self._one(some[0]) if self.it.batch == 1 else self._many(some)

    def _one(self, change: Change) -> Iterator[Refusal]:
        call, sent = self.calls[change.op], self._sent(change)
        path = address(call.path, sent)
        if path is None:
            yield Refusal(change.key, "receiver.path")
            return
        status, answer = self._send(call, path, self._body(call, sent), change.name)
        if status == 409 and change.op == "I" and self.it.update:  # it is there already: what an earlier, unanswered try has left
            call = self.it.update
            status, answer = self._send(call, address(call.path, sent) or path, self._body(call, sent), f"{change.name}-U")
        if not self._taken(change, status, answer):
            yield Refusal(change.key, self._reason(status, answer))

    def _many(self, changes: Sequence[Change]) -> Iterator[Refusal]:
        rows = [self._sent(change) for change in changes]
        call = self.calls[changes[0].op]
        body = fill(self.it.envelope, {**self.stamps, "rows": [self._body(call, row) for row in rows]})
        named = hashlib.sha256("".join(change.name for change in changes).encode()).hexdigest()
        status, answer = self._send(call, call.path, body, named)
        if self.it.results and 200 <= status < 300:
            told = self._told(answer, rows)
            for change, one in zip(changes, told, strict=True):
                if not self._taken(change, status, one):
                    yield Refusal(change.key, self._reason(status, one))
        elif self._taken(changes[0], status, answer):
            return
        elif len(changes) == 1:
            yield Refusal(changes[0].key, self._reason(status, answer))
        else:
            for change in changes:
                yield from self._many([change])

    def _told(self, answer: Any, rows: Sequence[Sent]) -> Sequence[Any]:  # Any: JSON
        """Return each row's answer. UnavailableError where some row has none: nobody knows whether it was taken."""
        results = search(self.it.results or "@", answer)
        if not isinstance(results, list):
            raise self._untold()
        if not self.it.id:
            if len(results) != len(rows):
                raise self._untold()
            return results
        by_key = {tuple(shown(search(name, one)) for name in self.it.id.values()): one for one in results}
        keys = [tuple(shown(row[field]) for field in self.it.id) for row in rows]
        if set(by_key) != set(keys) or len(results) != len(rows):
            raise self._untold()
        return [by_key[key] for key in keys]

    def _untold(self) -> UnavailableError:
        return UnavailableError("rest.results", system=self.client.system.title, results=self.it.results)

    def _send(self, call: Call, path: str, body: Any, name: str) -> tuple[int, Any]:  # Any: JSON
        told = bool(self.it.ok or (self.it.results and self.it.batch > 1))
        headers = {"Idempotency-Key": name, "Hub-Batch": self.stamps["hub_batch_id"]}
        return self.client.send(call.method, path, body, headers, told=told)

    def _taken(self, change: Change, status: int, answer: Any) -> bool:  # Any: JSON
        if change.op == "D" and status in (404, 410):
            return True
        if status == 207 and self.it.ok is None:  # it says of each row something else
            raise self._untold()
        return 200 <= status < 300 and (self.it.ok is None or search(self.it.ok, answer) is True)

    def _reason(self, status: int, answer: Any) -> str:  # Any: JSON
        told = search(self.it.reason, answer) if self.it.reason and answer is not None else None
        return f"{status} {NOT_SHOWN.sub(' ', shown(told))[:LONGEST]}".strip()

    def _sent(self, change: Change) -> Sent:
        values = {field: change.values.get(field) for field in self.types}
        if len(change.values) < len(self.types):  # of a row that is gone for good only its key is known
            values |= dict(zip(self.key, split(change.key), strict=True))
        written = {field: None if text is None else WRITE.get(self.types[field].kind, str)(text) for field, text in values.items()}
        return {**written, **self.stamps, "hub_op": change.op, "idempotency_key": change.name}

    def _body(self, call: Call, sent: Sent) -> Any:  # Any: JSON
        if call.body is not None:
            return fill(call.body, sent)
        return None if call.method == "DELETE" else {field: sent[field] for field in self.types}


def fill(template: Any, values: Mapping[str, Any]) -> Any:  # Any: JSON
    """Put values in the places of a template: one that is nothing but a place becomes the value itself."""
    match template:
        case str():
            whole = PLACE.fullmatch(template)
            return values[whole[1]] if whole else PLACE.sub(lambda place: shown(values[place[1]]), template)
        case dict():
            return {name: fill(part, values) for name, part in template.items()}
        case list() | tuple():
            return [fill(part, values) for part in template]
    return template


def address(path: str, values: Mapping[str, Any]) -> str | None:  # Any: JSON values
    """Put values into a path; None where they would lead elsewhere: '', '.' and '..' are no part of an address."""
    parts = [part for part in path.split("/") if PLACE.search(part)]
    filled = [PLACE.sub(lambda place: shown(values[place[1]]), part) for part in parts]
    if {"", ".", ".."} & {*filled, *(shown(values[name]) for name in PLACE.findall(path))}:
        return None
    return PLACE.sub(lambda place: quote(shown(values[place[1]]), safe=""), path)


def shown(value: Any) -> str:  # Any: a JSON value
    """Write a value within other text: null as nothing, true and false as JSON does."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
