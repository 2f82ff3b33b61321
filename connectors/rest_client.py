"""One REST service, asked politely: paced, retried where that may help, bounded in time and size. Tells no answer's text in an error.

A request is tried again after 429, 5xx, a time-out or a broken answer, as long as Retry-After asks or with growing waits; what was read
before stays read, so a failing page costs that page alone.
"""

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from catalog.errors import UnavailableError
from catalog.system import System
from connectors.rest_auth import ClientToken, auth

AGAIN = {408, 425, 429, 500, 502, 503, 504}
LONGEST_WAIT = 60.0  # seconds between two tries, whatever Retry-After asks
CHUNK = 1 << 16
BROKEN = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError)


class _TryAgainError(Exception):
    """The request may succeed later; `after` seconds where the service says so."""

    def __init__(self, code: str, after: float | None = None) -> None:
        super().__init__(code)
        self.code, self.after = code, after


class Client:
    """A session with one service. Use as a context manager. `fault` is what it says where the service does not answer rightly."""

    def __init__(self, system: System, fault: str = "system.unavailable") -> None:
        self.system, self.limits, self.fault = system, system.rest, fault
        self.seconds = system.rest.answer_timeout.total_seconds()
        self.session = requests.Session()
        self.session.trust_env = False  # no proxy, no .netrc: what is said stands in the campus folder
        self.session.verify = system.ca_file or True
        self.session.headers.update({"Accept": "application/json", "User-Agent": "campus-hub"})
        self.session.auth = auth(system, self.session, timeout=self.seconds)
        self.next = 0.0

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def get(self, path: str, params: Mapping[str, str]) -> tuple[Any, Mapping[str, str]]:  # Any: JSON
        """Return an answer's JSON (numbers with a point as text, so that no digit is lost) and its headers; None for 404.

        Raises UnavailableError where the service does not answer rightly, after all tries.
        """
        status, body, answered = self._tried("GET", self.address(path), params, None, {}, True)
        if status not in (200, 404):
            raise self._unavailable(str(status))
        return body if status == 200 else None, answered

    def send(self, method: str, path: str, body: Any, headers: Mapping[str, str], *, told: bool) -> tuple[int, Any]:  # Any: JSON
        """Send a request, tried again as `get` is; return its status and JSON (None where it holds none): 2xx, or 4xx that refuses it.

        `told` says that a 2xx must hold JSON. UnavailableError where nobody answered for these rows, or where we are not let in.
        """
        content = None if body is None else json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        typed = {} if content is None else {"Content-Type": "application/json"}
        status, answer, _ = self._tried(method, self.address(path), {}, content, {**headers, **typed}, told)
        if not (200 <= status < 300 or 400 <= status < 500) or status in (401, 403, 407):
            raise self._unavailable(str(status))
        return status, answer

    def _tried(self, *request: Any) -> tuple[int, Any, Mapping[str, str]]:  # Any: arguments of _once, JSON
        retrying = Retrying(
            retry=retry_if_exception_type(_TryAgainError),
            stop=stop_after_attempt(self.limits.tries),
            wait=self._wait,
            reraise=True,
        )
        try:
            return retrying(self._once, *request)
        except _TryAgainError as last:
            raise self._unavailable(last.code) from None

    def answers(self) -> bool:
        """Ask whether anybody is there: any answer but a fault of the service's own counts."""
        try:
            return self.session.get(self.address(""), timeout=self.seconds, stream=True, allow_redirects=False).status_code < 500
        except requests.RequestException as error:
            raise self._unavailable(type(error).__name__) from None

    def address(self, path: str) -> str:
        """Return a path's address on this service. UnavailableError for one that leads elsewhere: our key would go with it."""
        base = (self.system.url or "").rstrip("/") + "/"
        found = urljoin(base, path if urlsplit(path).scheme else path.lstrip("/"))
        if urlsplit(found)[:2] != urlsplit(base)[:2]:
            raise self._unavailable("address")
        return found

    def _once(
        self, method: str, address: str, params: Mapping[str, str], content: bytes | None, headers: Mapping[str, str], told: bool
    ) -> tuple[int, Any, Mapping[str, str]]:  # Any: JSON
        self._pace()
        began = time.monotonic()
        try:
            with self.session.request(
                method, address, params=params, data=content, headers=headers, timeout=self.seconds, stream=True, allow_redirects=False
            ) as answer:
                status = answer.status_code
                if status == 401 and isinstance(self.session.auth, ClientToken) and self.session.auth.ends:
                    self.session.auth.renew()
                    raise _TryAgainError("401", 0.0)
                if status in AGAIN:
                    raise _TryAgainError(str(status), _retry_after(answer.headers))
                body = self._json(self._body(answer, began), strict=told and 200 <= status < 300)
                return status, body, answer.headers
        except requests.exceptions.SSLError:
            raise self._unavailable("TLS") from None
        except BROKEN as error:
            raise _TryAgainError(type(error).__name__) from None

    def _body(self, answer: requests.Response, began: float) -> bytes:
        body = bytearray()
        for chunk in answer.iter_content(CHUNK):
            body += chunk
            if len(body) > self.limits.largest_answer:
                raise self._unavailable("size")
            if time.monotonic() - began > self.seconds:
                raise _TryAgainError("time")
        return bytes(body)

    def _json(self, body: bytes, *, strict: bool) -> Any:  # Any: JSON
        try:
            return json.loads(body.decode("utf-8"), parse_float=str, parse_constant=_refuse)
        except (ValueError, RecursionError):
            if strict:
                raise _TryAgainError("JSON") from None
            return None

    def _pace(self) -> None:
        if self.limits.requests_per_second:
            now = time.monotonic()
            time.sleep(max(0.0, self.next - now))
            self.next = max(now, self.next) + 1 / self.limits.requests_per_second

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.after if isinstance(error, _TryAgainError) else None
        return min(asked, LONGEST_WAIT) if asked is not None else wait_random_exponential(multiplier=0.2, max=20)(state)

    def _unavailable(self, code: str) -> UnavailableError:
        return UnavailableError(self.fault, system=self.system.title, code=code)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Read Retry-After (RFC 9110): seconds, or a date."""
    asked = headers.get("Retry-After", "")
    if asked.isascii() and asked.isdigit():
        return float(asked)
    try:
        return max(0.0, (parsedate_to_datetime(asked) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _refuse(name: str) -> None:
    raise ValueError("not JSON")  # NaN and Infinity are Python's, not JSON's
