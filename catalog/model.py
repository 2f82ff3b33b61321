"""The ground of every catalog value: frozen, strict about names, and a few scalar shapes that YAML writes short."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Model(BaseModel):
    """A frozen catalog value; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


def _duration(value: Any) -> Any:  # Any: whatever YAML holds
    if isinstance(value, str) and (match := re.fullmatch(r"(\d+)\s*([smhdw])", value)):
        return timedelta(**{UNITS[match[2]]: int(match[1])})
    if isinstance(value, timedelta):
        return value
    raise ValueError("expected a duration such as 30s, 10m, 2h or 7d")


def _share(value: Any) -> Any:  # Any: whatever YAML holds
    if isinstance(value, str) and (match := re.fullmatch(r"(\d+(?:\.\d+)?)\s*%", value)):
        return float(match[1]) / 100
    return value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Share = Annotated[float, BeforeValidator(_share), Field(ge=0, le=1)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=63)]


class Limit(Model):
    """A limit that is passed only when both the share and the number of rows are passed; `5%` alone means the share."""

    share: Share
    rows: int = Field(default=0, ge=0)

    @model_validator(mode="before")
    @classmethod
    def bare(cls, value: Any) -> Any:  # Any: whatever YAML holds
        return {"share": value} if isinstance(value, str) else value

    def exceeded(self, rows: int, total: int) -> bool:
        """Say whether `rows` of `total` pass the limit."""
        return rows > self.rows and rows > self.share * total
