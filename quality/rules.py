"""The rules of a dataset: those that follow from its fields, then those it writes down itself."""

from collections.abc import Iterator

from catalog.dataset import Dataset
from catalog.rule import InCodes, KeyUnique, MaxLength, References, Required, Rule, Unique


def rules(dataset: Dataset) -> Iterator[Rule]:
    """Yield every rule of the dataset; a rule that follows from a field quarantines."""
    for field in dataset.fields:
        if field.required or field.name in dataset.key:
            yield Required(rule="required", field=field.name, on_fail="quarantine")
        if field.codes:  # a code without mapping arrives marked, longer than any: that it is no code is said once
            yield InCodes(rule="in_codes", field=field.name, codes=field.codes, on_fail="quarantine")
        elif field.type.kind == "string" and field.type.length:
            yield MaxLength(rule="max_length", field=field.name, max=field.type.length, on_fail="quarantine")
    if dataset.key:
        yield KeyUnique(rule="key_unique", on_fail="quarantine")
    yield from dataset.rules


def fields(rule: Rule, dataset: Dataset) -> tuple[str, ...]:
    """Return the fields that a rule looks at."""
    match rule:
        case KeyUnique():
            return dataset.key
        case Unique():
            return rule.fields
    return tuple(name for name in (getattr(rule, "field", None), getattr(rule, "than", None)) if name)


def identity(rule: Rule, dataset: Dataset) -> str:
    """Name a rule within its dataset, such as `matches:staff_no`; where two would share a name the caller numbers them."""
    at = [rule.dataset] if isinstance(rule, References) else []
    return ":".join([rule.rule, ",".join(fields(rule, dataset)) or "*", *at])
