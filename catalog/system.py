"""A system: a database, a REST service or a drop folder the hub talks to, and the courtesy it asks for."""

import re
from typing import Literal

from pydantic import Field, model_validator

from catalog.model import Duration, Model, Name
from catalog.rest import Auth, RestLimits

BLACKOUT = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun)(-(Mon|Tue|Wed|Thu|Fri|Sat|Sun))? \d\d:\d\d-\d\d:\d\d")


class Limits(Model):
    """What a system bears, honoured across all flows: connections, rows a second, seconds a statement, hours of rest."""

    connections: int = Field(default=4, ge=1)
    rows_per_second: int | None = Field(default=None, ge=1)
    statement_timeout: Duration | None = None
    blackout: tuple[str, ...] = ()

    @model_validator(mode="after")
    def readable_hours(self) -> "Limits":
        for hours in self.blackout:
            if not BLACKOUT.fullmatch(hours):
                raise ValueError('expected blackout hours such as "Mon-Fri 08:00-09:30"')
        return self


class System(Model):
    """A place rows come from or go to: `kind: sql` and `kind: rest` have a url, `kind: files` a folder.

    A REST service's certificate is always checked, against `ca_file` where the school has an authority of its own.

    `hub_schema: false` says that the receiver gives the hub no schema of its own: flows into it need a key, stage into
    temporary tables, and offer no rollback and no change feed.
    """

    name: Name
    title: str
    kind: Literal["sql", "files", "rest"]
    url: str | None = None
    folder: str | None = None
    db_schema: str | None = Field(default=None, alias="schema")
    hub_schema: bool = True
    owner: str
    limits: Limits = Limits()
    auth: Auth | None = None
    ca_file: str | None = None
    rest: RestLimits = RestLimits()

    @model_validator(mode="after")
    def reachable(self) -> "System":
        if self.kind == "sql" and not self.url:
            raise ValueError("expected url: for kind: sql, such as postgresql+psycopg://user@host/name")
        if self.kind == "rest" and not (self.url or "").startswith(("http://", "https://")):
            raise ValueError("expected url: for kind: rest, such as https://hall.example.edu.cn/api")
        if self.kind == "files" and not self.folder:
            raise ValueError("expected folder: for kind: files")
        return self
