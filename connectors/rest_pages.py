"""The pages of one REST endpoint, to the last. Refuses an answer without the records it should hold, and pages that never end."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any
from urllib.parse import urljoin

import jmespath
from jmespath.exceptions import JMESPathError
from requests.utils import parse_header_links

from catalog.errors import CatalogError, UnavailableError, UnprovenError
from catalog.rest import CursorPaging, Endpoint, LinkPaging, NumberedPaging, OffsetPaging
from connectors.rest_client import Client

MOST_PAGES = 200_000
Record = Mapping[str, Any]  # Any: JSON


class ShiftedError(Exception):
    """Rows moved between pages while they were read: this reading proves nothing."""


class Pages:
    """An endpoint's pages in their order; afterwards `total` is what the service says there are, None where it does not say."""

    def __init__(self, client: Client, endpoint: Endpoint, params: Mapping[str, str]) -> None:
        self.client, self.endpoint = client, endpoint
        self.params = {**endpoint.params, **params}
        self.total: int | None = None
        self.asked = 0

    def __iter__(self) -> Iterator[Sequence[Record]]:
        """Yield each page's records. ShiftedError where the total changes or a page does not begin where the last one ended."""
        match self.endpoint.paging:
            case NumberedPaging() as paging:
                yield from self._numbered(paging)
            case OffsetPaging() as paging:
                yield from self._offset(paging)
            case CursorPaging() as paging:
                yield from self._cursor(paging)
            case LinkPaging():
                yield from self._linked()
            case _:
                yield self._ask(self.endpoint.path, self.params)[0]

    def _numbered(self, paging: NumberedPaging) -> Iterator[Sequence[Record]]:
        size = {paging.size: str(paging.rows)} if paging.size else {}
        rows, last = 0, list[Record]()
        for number in count(paging.first):
            records, _, _ = self._ask(self.endpoint.path, self.params | size | {paging.page: str(number)}, beyond=number > paging.first)
            if not records or (records == last and rows == self.total):  # some services show their last page again
                return
            if records == last:
                raise ShiftedError  # the page's number is not heeded
            yield records
            rows, last = rows + len(records), records

    def _offset(self, paging: OffsetPaging) -> Iterator[Sequence[Record]]:
        at, last = 0, list[Record]()
        while True:
            begin = max(0, at - 1)
            params = self.params | {paging.offset: str(begin), paging.limit: str(paging.rows)}
            records, _, _ = self._ask(self.endpoint.path, params)
            if at and records[:1] != last:
                raise ShiftedError
            fresh = records[1:] if at else records
            yield fresh
            if not fresh:
                return
            at, last = begin + len(records), records[-1:]

    def _cursor(self, paging: CursorPaging) -> Iterator[Sequence[Record]]:
        params, seen = self.params, set[str]()
        while True:
            records, body, _ = self._ask(self.endpoint.path, params)
            cursor = search(paging.next, body)
            whole = self.total is not None and len(records) >= self.total
            if cursor is None and not (seen or whole or _holds(body, paging.next)):  # its name may be mistyped
                raise UnavailableError("rest.next", system=self.client.system.title, next=paging.next)
            yield records
            if cursor in (None, "", False):
                return
            if str(cursor) in seen:
                raise ShiftedError
            seen.add(str(cursor))
            params = self.params | {paging.parameter: str(cursor)}

    def _linked(self) -> Iterator[Sequence[Record]]:
        address, params, seen = self.client.address(self.endpoint.path), self.params, set[str]()
        while True:
            records, _, headers = self._ask(address, params)
            yield records
            links = parse_header_links(headers.get("Link", ""))
            following = next((link["url"] for link in links if "next" in link.get("rel", "").lower().split()), None)
            if following is None:
                return
            address, params = urljoin(address, following), {}
            if address in seen:
                raise ShiftedError
            seen.add(address)

    def _ask(
        self, path: str, params: Mapping[str, str], *, beyond: bool = False
    ) -> tuple[list[Record], Any, Mapping[str, str]]:  # Any: JSON
        """Ask for a page; 404 is no page but where one may lie `beyond` the last."""
        self.asked += 1
        if self.asked > MOST_PAGES:
            raise UnprovenError("rest.endless", system=self.client.system.title, pages=MOST_PAGES)
        body, headers = self.client.get(path, params)
        if beyond and body is None:
            return [], body, headers
        records = search(self.endpoint.records, body)
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            raise UnavailableError("rest.records", system=self.client.system.title, records=self.endpoint.records)
        if self.endpoint.total:
            self._counted(search(self.endpoint.total, body))
        return records, body, headers

    def _counted(self, total: Any) -> None:  # Any: JSON
        if isinstance(total, bool) or not str(total).isdigit():
            raise UnavailableError("rest.total", system=self.client.system.title, total=self.endpoint.total)
        if self.total not in (None, int(total)):
            raise ShiftedError
        self.total = int(total)


def _holds(body: Any, path: str) -> bool:  # Any: JSON
    """Say whether a body has the member that a plain path of names leads to, be it null."""
    before, _, name = path.rpartition(".")
    holder = search(before, body) if before else body
    return isinstance(holder, dict) and name.strip('"') in holder


def search(expression: str, body: Any) -> Any:  # Any: JSON
    """Search JSON by a JMESPath expression. CatalogError for one that cannot be read."""
    try:
        return jmespath.search(expression, body)
    except JMESPathError:
        raise CatalogError("rest.expression", expression=expression) from None
