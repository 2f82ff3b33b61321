"""A flow: moves one dataset from one system to another, under stated modes, brakes and contracts."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from catalog.condition import Condition
from catalog.cron import is_cron
from catalog.model import Duration, Limit, Model, Name
from catalog.rest import Delivery, Endpoint

Mode = Literal["mirror", "incremental", "append"]
OnDelete = Literal["delete", "mark", "keep"]
Drift = Literal["stop", "evolve"]


class Brakes(Model):
    """Limits that hold a run before publishing and ask a person."""

    max_deletes: Limit | None = None
    max_quarantine: Limit | None = None


class From(Model):
    """Where a flow reads: a table, a query (a .sql file beside the flow), the files of a drop folder (a pattern) or a REST endpoint.

    `columns` maps a field to its name in the source, `codes` a field to the mapping table applied on the way; `lineage` says from
    which fields (`dataset.field`) each field of a query comes, so that their sensitivity follows. A file of a drop folder counts when
    its marker stands beside it (`done: "{name}.ok"`) and nobody has written it for the time `settle`; once published without
    exceptions it is moved into `archive`, a folder inside the drop folder.
    """

    system: str
    table: str | None = None
    query: str | None = None
    files: str | None = None
    rest: Endpoint | None = None
    encoding: Literal["utf-8", "gb18030", "utf-16"] = "utf-8"
    done: str | None = Field(default=None, pattern=r"^[^/{}]*\{name\}[^/{}]*$")
    settle: Duration = timedelta(0)
    archive: str | None = Field(default=None, pattern=r"^[^/.~][^/]*$")
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    sheet: str | None = None
    header_row: int = Field(default=1, ge=1)
    columns: dict[str, str] = {}
    codes: dict[str, str] = {}
    lineage: dict[str, tuple[str, ...]] = {}
    where: tuple[Condition, ...] = ()
    cursor: str | None = None
    lag: Duration | None = None

    @model_validator(mode="after")
    def one_relation(self) -> "From":
        if sum(bool(x) for x in (self.table, self.query, self.files, self.rest)) != 1:
            raise ValueError("expected exactly one of table:, query:, files:, rest:")
        return self


class OfficeFile(Model):
    """A file for a department: written whole at each publication, in place of the last one; `done` is the marker put beside it.

    `columns` maps a field to its heading. `utf-8-sig` begins with the mark by which office programs know UTF-8.
    """

    name: str = Field(pattern=r"^[^./~*?\[\]{}][^/*?\[\]{}]*\.(csv|tsv|txt|xlsx)$")
    encoding: Literal["utf-8", "utf-8-sig", "gb18030"] = "utf-8"
    delimiter: str = Field(default=",", pattern=r'^[^"\r\n]$')
    sheet: str = Field(default="Sheet1", min_length=1, max_length=31)
    columns: dict[str, str] = {}
    done: str | None = Field(default=None, pattern=r"^[^/{}]*\{name\}[^/{}]*$")


class To(Model):
    """Where a flow writes: a table, a file of a drop folder or a REST receiver. `table` names the target to people."""

    system: str
    table: str = ""
    rest: Delivery | None = None
    file: OfficeFile | None = None

    @model_validator(mode="before")
    @classmethod
    def one_place(cls, value: Any) -> Any:  # Any: whatever YAML holds
        if not isinstance(value, dict):
            return value
        if sum(bool(value.get(name)) for name in ("table", "rest", "file")) != 1:
            raise ValueError("expected exactly one of table:, rest:, file:")
        rest, file = value.get("rest"), value.get("file")
        insert = rest.get("insert") if isinstance(rest, dict) else None
        told = insert.get("path") if isinstance(insert, dict) else file.get("name") if isinstance(file, dict) else None
        return value | {"table": told} if told else value

    @property
    def kind(self) -> str:
        """Name the kind of system that this is written to."""
        return "rest" if self.rest else "files" if self.file else "sql"


class After(Model):
    """Runs when these datasets were published in the system this flow reads."""

    after: tuple[str, ...] = Field(min_length=1)


def _cron(value: Any) -> Any:  # Any: whatever YAML holds
    if isinstance(value, str) and not is_cron(value):
        raise ValueError('expected a cron of five fields such as "30 2 * * *", or {after: [dataset, …]}')
    return value


class Flow(Model):
    """One dataset from one system to another. `owner`, `on_delete`, `drift`, `lag` and `brakes` fall back to the campus defaults."""

    name: Name
    title: str | None = None
    dataset: str
    source: From
    target: To
    mode: Mode
    on_delete: OnDelete | None = None
    reconcile: Literal["daily", "weekly", "monthly"] | None = None
    schedule: Annotated[str | After | None, BeforeValidator(_cron)] = None
    brakes: Brakes = Brakes()
    drift: Drift | None = None
    under: str | None = None
    unprovable: str | None = None
    owner: str | None = None
