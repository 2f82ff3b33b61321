"""Who may receive what: consumers and the agreements under which columns and rows leave the hub."""

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, IPvAnyNetwork, WithJsonSchema, model_validator

from catalog.condition import Condition
from catalog.model import Duration, Model, Name

Channel = Literal["api", "push", "export"]
Refusal = Literal["suspended", "revoked", "expired", "early", "channel", "unmasked"]
MASK = re.compile(r"surname|id_card|phone|email|last[1-9]|year|pseudonym|null|round[1-9][0-9]{0,11}")
ADDRESS = re.compile(r"wecom|dingtalk|feishu|webhook|mail(:[^@\s]+@[^@\s]+)?")


def _mask(value: Any) -> Any:  # Any: whatever YAML holds
    if value is None:
        return "null"  # how YAML reads a bare null
    if isinstance(value, str) and MASK.fullmatch(value):
        return value
    raise ValueError("expected surname, id_card, phone, email, last1 to last9, year, pseudonym, null, or a step such as round1000")


def _address(value: Any) -> Any:  # Any: whatever YAML holds
    if isinstance(value, str) and ADDRESS.fullmatch(value):
        return value
    raise ValueError("expected wecom, dingtalk, feishu, webhook, mail, or mail:name@school")


# see hub.masking: last3 shows three characters, round1000 whole thousands
MaskName = Annotated[str, BeforeValidator(_mask), WithJsonSchema({"type": "string", "pattern": f"^({MASK.pattern})$"})]
# a channel of campus.yaml, or a mail address reached through its mail channel
Address = Annotated[str, BeforeValidator(_address), WithJsonSchema({"type": "string", "pattern": f"^({ADDRESS.pattern})$"})]


def _period(value: Any) -> Any:  # Any: whatever YAML holds
    if isinstance(value, list | tuple) and len(value) == 2:
        return {"start": value[0], "end": value[1]}
    return value


class Validity(Model):
    """First and last day, both included."""

    start: date
    end: date

    @model_validator(mode="after")
    def ordered(self) -> "Validity":
        if self.end < self.start:
            raise ValueError("expected [first day, last day]")
        return self


class Vendor(Model):
    """Who builds the consumer's system."""

    name: str
    contact: str = ""


class Consumer(Model):
    """An application that receives data; a test consumer gets invented rows only. `systems` are those that may be pushed into."""

    name: Name
    title: str
    department: str
    vendor: Vendor | None = None
    notify: tuple[Address, ...] = ()
    addresses: tuple[IPvAnyNetwork, ...] = ()
    systems: tuple[str, ...] = ()
    environment: Literal["production", "test"] = "production"


class Approval(Model):
    """Who agreed, by which document, when; `notify` is where the provider's side is told of the agreement's end."""

    provider: str
    manager: str
    document: str
    on: date
    notify: tuple[Address, ...] = ()


class Unmasked(Model):
    """Why a personal or sensitive column leaves as it is, and until which day; after it the agreement stands still."""

    reason: str = Field(min_length=1)
    until: date


class Allowance(Model):
    """How much an agreement lets through: requests in a minute, rows in a day of the school."""

    requests_per_minute: int | None = Field(default=None, ge=1)
    rows_per_day: int | None = Field(default=None, ge=1)


class Agreement(Model):
    """Exactly which columns and rows of a dataset a consumer may receive, masked how, why and until when.

    `unmasked` excepts personal and sensitive columns from being masked. `withdraw` removes what was pushed, once revoked.
    `fetch_within` is how long a pushed batch may wait for its receiver before both sides are told.
    """

    name: Name
    dataset: str
    consumer: str
    service_item: str | None = None
    purpose: str
    columns: tuple[str, ...] = Field(min_length=1)
    where: tuple[Condition, ...] = ()
    mask: dict[str, MaskName] = {}
    unmasked: dict[str, Unmasked] = {}
    valid: Annotated[Validity, BeforeValidator(_period)]
    approved: Approval
    channels: tuple[Channel, ...] = Field(min_length=1)
    fetch_within: Duration | None = None
    limits: Allowance = Allowance()
    state: Literal["active", "suspended", "revoked"]
    withdraw: bool = False

    @model_validator(mode="after")
    def withdrawn_once_revoked(self) -> "Agreement":
        if self.withdraw and self.state != "revoked":
            raise ValueError("expected withdraw: true only with state: revoked")
        return self

    @property
    def until(self) -> date:
        """The last day on which anything leaves: of its validity, or of its earliest exception."""
        return min(self.valid.end, *(it.until for it in self.unmasked.values()), self.valid.end)

    def refusal(self, channel: Channel, day: date) -> Refusal | None:
        """Say why nothing may leave over `channel` on `day`, or None."""
        if self.state != "active":
            return self.state
        if day > self.valid.end:
            return "expired"
        if day < self.valid.start:
            return "early"
        if day > self.until:
            return "unmasked"
        return None if channel in self.channels else "channel"
