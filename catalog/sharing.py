"""Who may receive what: consumers and the agreements under which columns and rows leave the hub."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, IPvAnyNetwork, model_validator

from catalog.condition import Condition
from catalog.model import Model, Name

Channel = Literal["api", "push", "export"]
MaskName = Literal["surname", "id_card", "phone", "email", "last2", "last4", "year", "null"]


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
    """An application that receives data; a test consumer gets invented rows only."""

    name: Name
    title: str
    department: str
    vendor: Vendor | None = None
    notify: tuple[Literal["mail", "wecom", "dingtalk", "feishu", "webhook"], ...] = ()
    addresses: tuple[IPvAnyNetwork, ...] = ()
    environment: Literal["production", "test"] = "production"


class Approval(Model):
    """Who agreed, by which document, when."""

    provider: str
    manager: str
    document: str
    on: date


class Agreement(Model):
    """Exactly which columns and rows of a dataset a consumer may receive, masked how, why and until when."""

    name: Name
    dataset: str
    consumer: str
    service_item: str | None = None
    purpose: str
    columns: tuple[str, ...] = Field(min_length=1)
    where: tuple[Condition, ...] = ()
    mask: dict[str, MaskName] = {}
    valid: Annotated[Validity, BeforeValidator(_period)]
    approved: Approval
    channels: tuple[Channel, ...] = Field(min_length=1)
    state: Literal["active", "suspended", "revoked"]

    def refusal(self, channel: Channel, day: date) -> Literal["suspended", "revoked", "expired", "early", "channel"] | None:
        """Say why nothing may leave over `channel` on `day`, or None."""
        if self.state != "active":
            return self.state
        if day > self.valid.end:
            return "expired"
        if day < self.valid.start:
            return "early"
        return None if channel in self.channels else "channel"
