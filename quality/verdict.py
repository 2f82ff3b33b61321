"""A verdict: which rules a batch was judged by, which of them failed, on how many rows and which keys."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from catalog.rule import OnFail


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule and how the batch stood to it. `keys` are up to twenty failing keys, masked where the key is personal."""

    id: str
    rule: str
    fields: tuple[str, ...]
    on_fail: OnFail
    failed: int
    keys: tuple[str, ...] = ()
    judged: bool = True  # False: a field of the rule does not travel in this flow


@dataclass(frozen=True, slots=True)
class Verdict:
    """All rules, failing or not; `quarantined` counts the rows that some quarantine rule refuses."""

    rows: int
    rules: tuple[Finding, ...]
    quarantined: int

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The rules that failed."""
        return tuple(rule for rule in self.rules if rule.failed)

    @property
    def blocked(self) -> bool:
        """Say whether a blocking rule failed."""
        return any(finding.on_fail == "block" for finding in self.findings)

    def to_json(self) -> dict[str, Any]:  # Any: JSON
        """Return the verdict as JSON values."""
        return {"rows": self.rows, "quarantined": self.quarantined, "rules": [asdict(rule) for rule in self.rules]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Verdict":  # Any: JSON
        """Read what `to_json` wrote."""
        lists = ("fields", "keys")
        rules = tuple(Finding(**{**rule, **{name: tuple(rule[name]) for name in lists}}) for rule in data["rules"])
        return cls(data["rows"], rules, data["quarantined"])
