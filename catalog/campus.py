"""The campus as a whole: its settings, and everything its folder says, by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, IPvAnyNetwork, field_validator

from catalog.calendar import Calendar
from catalog.codes import CodeTable
from catalog.dataset import Dataset
from catalog.edition import Edition
from catalog.flow import Brakes, Drift, Flow, OnDelete
from catalog.model import Duration, Limit, Model, Name
from catalog.register import Register
from catalog.sharing import Agreement, Consumer
from catalog.system import System

MAX_DELETES = Limit(share=0.2, rows=100)
MAX_QUARANTINE = Limit(share=0.01, rows=100)


class Defaults(Model):
    """What a flow does where it does not say."""

    owner: str = "信息资源部"
    lag: Duration = timedelta(minutes=10)
    drift: Drift = "stop"
    on_delete: OnDelete = "delete"
    brakes: Brakes = Brakes(max_deletes=MAX_DELETES, max_quarantine=MAX_QUARANTINE)


class AccessLog(Model):
    """How long the access log is kept (at least 180 days), and the file that its daily anchors go to, best on another disk."""

    keep: Duration = timedelta(days=1096)
    anchors: str = "var/access-anchors.jsonl"

    @field_validator("keep")
    @classmethod
    def long_enough(cls, value: timedelta) -> timedelta:
        if value < timedelta(days=180):
            raise ValueError("expected at least 180d")
        return value


class Api(Model):
    """The hub API: what a consumer may ask in a minute where no agreement says, who may read /metrics, which web pages may call."""

    requests_per_minute: int = Field(default=1200, ge=1)
    monitors: tuple[IPvAnyNetwork, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    origins: tuple[str, ...] = ()


class Campus(Model):
    """campus.yaml: the school, its clock, its store, and the system that reports and the API read."""

    name: Name
    title: str
    timezone: str = "Asia/Shanghai"
    store: str = "sqlite:///var/hub.db"
    platform: str
    channels: dict[str, str] = {}
    defaults: Defaults = Defaults()
    access_log: AccessLog = AccessLog()
    api: Api = Api()

    @field_validator("timezone")
    @classmethod
    def known(cls, value: str) -> str:
        if value not in available_timezones():  # ZoneInfo itself answers a wrong name with four kinds of error
            near = get_close_matches(value, available_timezones(), 1)
            raise ValueError(f"expected a time zone such as {near[0] if near else 'Asia/Shanghai'}")
        return value


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything the campus folder says. `root` is the folder that holds campus/, where relative paths start."""

    root: Path
    folder: Path
    hash: str
    campus: Campus
    systems: Mapping[str, System]
    codes: Mapping[str, CodeTable]
    datasets: Mapping[str, Dataset]
    flows: Mapping[str, Flow]
    consumers: Mapping[str, Consumer]
    agreements: Mapping[str, Agreement]
    calendars: Mapping[str, Calendar]
    registers: Mapping[str, Register]
    editions: Mapping[str, Edition]

    @property
    def receivers(self) -> Path:
        """The folder of the hub's own files on receivers that are no databases: one a flow."""
        return self.root / "var" / "receivers"

    @property
    def anchors(self) -> Path:
        """The file that the access log's daily anchors go to."""
        return self.root / self.campus.access_log.anchors

    @property
    def zone(self) -> ZoneInfo:
        """The school's time zone: its days are the days of every report and schedule."""
        return ZoneInfo(self.campus.timezone)
