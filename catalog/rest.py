"""How a REST service is asked and told: who we are (`auth:`), how a flow turns its pages (`paging:`), how it delivers rows (`Delivery`)."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from catalog.model import Duration, Model


class HeaderAuth(Model):
    """A key in a header of every request."""

    kind: Literal["header"]
    header: str
    value: str


class BasicAuth(Model):
    """HTTP basic authentication (RFC 7617)."""

    kind: Literal["basic"]
    user: str
    password: str


class ClientAuth(Model):
    """OAuth 2 client credentials (RFC 6749, 4.4): a token from `token_url`, fetched again when it ends or is refused."""

    kind: Literal["oauth2"]
    token_url: str
    client: str
    secret: str
    scope: str | None = None


class SignedAuth(Model):
    r"""An HMAC over a text made from `sign`, sent in `headers`.

    Both may hold {method} {path} {query} {timestamp} {nonce} {key} and {body}, the hash of what is sent (hexadecimal); headers also
    {signature}. The timestamp counts seconds since 1970.
    """

    kind: Literal["hmac"]
    key: str
    secret: str
    sign: str = "{method}\n{path}\n{query}\n{timestamp}"
    headers: dict[str, str] = {"X-Key": "{key}", "X-Timestamp": "{timestamp}", "X-Signature": "{signature}"}
    algorithm: Literal["sha256", "sha512"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"


Auth = Annotated[HeaderAuth | BasicAuth | ClientAuth | SignedAuth, Field(discriminator="kind")]


class NumberedPaging(Model):
    """Pages by number; the last is the first one that is not full. Pages are read twice: a number does not hold rows in place."""

    kind: Literal["page"]
    page: str = "page"
    size: str | None = "size"
    rows: int = Field(default=500, ge=1)
    first: int = 1


class OffsetPaging(Model):
    """Pages by offset, each begun with the last row of the one before, so that a shift is seen."""

    kind: Literal["offset"]
    offset: str = "offset"
    limit: str = "limit"
    rows: int = Field(default=500, ge=2)


class CursorPaging(Model):
    """The next cursor stands in the body at `next` (JMESPath); null or empty marks the end; so does `total` on a first page without it."""

    kind: Literal["cursor"]
    next: str
    parameter: str = "cursor"


class LinkPaging(Model):
    """The next page's address stands in the Link header (RFC 8288, rel="next"); none marks the end. It never leaves the service."""

    kind: Literal["link"]


class SinglePage(Model):
    """One answer holds everything."""

    kind: Literal["none"]


Paging = Annotated[NumberedPaging | OffsetPaging | CursorPaging | LinkPaging | SinglePage, Field(discriminator="kind")]


class Endpoint(Model):
    """What a flow asks of a REST service, and where the rows stand in its answers.

    `records` and `total` are JMESPath; so is each name under the flow's `columns:`. `since` is the parameter that takes the window's
    lower end; it needs `item`, the address of one row with its key in braces, since a window also looks single rows up.
    """

    path: str
    records: str = "@"
    params: dict[str, str] = {}
    paging: Paging = SinglePage(kind="none")
    total: str | None = None
    since: str | None = None
    item: str | None = None


class Call(Model):
    """One request of a delivery. `path` may hold fields in braces; so may any text in `body`, in whatever shape the receiver asks.

    `{field}` alone stands for the value itself (number, text, null); within other text for the value written out. Beside the fields
    there are {hub_op} (I, U, D), {hub_batch_id}, {hub_changed_at} and {idempotency_key}. Without `body` the fields travel as an object.
    """

    method: Literal["POST", "PUT", "PATCH", "DELETE"]
    path: str
    body: Any = None  # Any: whatever JSON the receiver wants


class Delivery(Model):
    """How rows reach a REST receiver, row by row or `batch` rows a request, each acknowledged for itself.

    A row is taken when its request is answered by 2xx and, if given, `ok` (JMESPath) is true of its answer; `reason` finds why not.
    In a batch `envelope` is the body around `{rows}`, `results` (JMESPath) the list of the rows' answers, in the rows' order or named by
    `id`; without it one answer speaks for all, and a refused batch is sent again row by row. `update` is `insert` unless it is given.
    `read` is where the receiver shows what it has, `columns` the names there.
    """

    insert: Call
    update: Call | None = None
    delete: Call | None = None
    batch: int = Field(default=1, ge=1, le=10_000)
    envelope: Any = "{rows}"  # Any: as in Call
    results: str | None = None
    id: dict[str, str] = {}
    ok: str | None = None
    reason: str | None = None
    read: Endpoint | None = None
    columns: dict[str, str] = {}

    def calls(self) -> dict[str, Call]:
        """Return the calls by what happened to a row: I, U, and D where deletes are delivered."""
        calls = {"I": self.insert, "U": self.update or self.insert}
        return calls | ({"D": self.delete} if self.delete else {})

    @model_validator(mode="after")
    def readable(self) -> "Delivery":
        if self.id and not self.results:
            raise ValueError("expected id: only beside results:")
        if self.results and not self.ok:
            raise ValueError("expected ok: beside results: where a row's answer says that it was taken")
        return self


class RestLimits(Model):
    """What a REST service bears and may cost: requests a second, seconds an answer, bytes an answer, tries a request."""

    requests_per_second: float | None = Field(default=None, gt=0)
    answer_timeout: Duration = timedelta(seconds=30)
    largest_answer: int = Field(default=64 * 2**20, ge=1)
    tries: int = Field(default=5, ge=1)
