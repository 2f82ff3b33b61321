"""How often a dataset is published, read from its flow's schedule: the update cycles of the catalogue (更新周期)."""

from dataclasses import dataclass

from catalog.campus import Catalog
from catalog.flow import After, Flow


@dataclass(frozen=True, slots=True)
class Frequency:
    """An update cycle: its Chinese name, and its code in the EU frequency authority table that DCAT uses."""

    title: str
    code: str


CONTINUOUS, DAILY, WEEKLY = Frequency("实时", "CONT"), Frequency("每日", "DAILY"), Frequency("每周", "WEEKLY")
MONTHLY, YEARLY, IRREGULAR = Frequency("每月", "MONTHLY"), Frequency("每年", "ANNUAL"), Frequency("不定期", "IRREG")
SLOWEST = (CONTINUOUS, DAILY, WEEKLY, MONTHLY, YEARLY, IRREGULAR)


def frequency(catalog: Catalog, flow: Flow) -> Frequency:
    """Return a flow's cycle; one that runs after others keeps the slowest cycle among them (a circle is refused by `check`)."""
    if flow.schedule is None:
        return IRREGULAR
    if isinstance(flow.schedule, After):
        waited = [it for it in catalog.flows.values() if it.dataset in flow.schedule.after and it.target.system == flow.source.system]
        return max((frequency(catalog, it) for it in waited), key=SLOWEST.index, default=IRREGULAR)
    return _cron(flow.schedule)


def _cron(schedule: str) -> Frequency:
    minute, hour, day, month, weekday = schedule.split()
    if month != "*":
        return YEARLY
    if day != "*":
        return MONTHLY
    if weekday not in ("*", "1-5", "Mon-Fri", "MON-FRI"):
        return WEEKLY
    return CONTINUOUS if set(minute + hour) & set("*/-") else DAILY
