"""The JSON Schema of every kind of campus file, for editors, and the reference page made from it."""

from collections.abc import Iterator, Mapping
from typing import Any

from catalog.calendar import Calendar
from catalog.campus import Campus
from catalog.codes import CodeTable
from catalog.dataset import Dataset
from catalog.edition import Edition
from catalog.errors import CatalogError
from catalog.flow import Flow
from catalog.model import Model
from catalog.register import Register
from catalog.sharing import Agreement, Consumer
from catalog.system import System

KINDS: Mapping[str, type[Model]] = {
    "campus": Campus,
    "systems": System,
    "codes": CodeTable,
    "datasets": Dataset,
    "flows": Flow,
    "consumers": Consumer,
    "agreements": Agreement,
    "calendar": Calendar,
    "registers": Register,
    "reports": Edition,
}


def schemas(kind: str | None = None) -> dict[str, Any]:  # Any: JSON Schema
    """Return the schema of one kind of file, or of all. CatalogError for an unknown kind."""
    if kind is None:
        return {name: model.model_json_schema() for name, model in KINDS.items()}
    if kind not in KINDS:
        raise CatalogError("cli.no_kind", kind=kind, known=", ".join(KINDS))
    return KINDS[kind].model_json_schema()


def reference() -> str:
    """Write docs/reference/yaml.md from the schemas."""
    return "\n".join(_pages()) + "\n"


def _pages() -> Iterator[str]:
    yield "# The campus folder: every key\n"
    yield "Generated from the vocabulary in `catalog/` by `python -m catalog.schema`; a test holds it to it."
    for kind, model in KINDS.items():
        schema = model.model_json_schema()
        yield f"\n## {'campus.yaml' if kind == 'campus' else f'{kind}/'}\n\n{_line(schema.get('description', ''))}\n"
        yield from _keys(schema)
        for name, part in schema.get("$defs", {}).items():
            if part.get("properties"):
                yield f"\n### {kind}: {name}\n\n{_line(part.get('description', ''))}\n"
                yield from _keys(part)


def _keys(schema: Mapping[str, Any]) -> Iterator[str]:  # Any: JSON Schema
    yield "| key | shape | needed | default |\n|---|---|---|---|"
    for name, value in schema.get("properties", {}).items():
        needed = "yes" if name in schema.get("required", ()) else ""
        default = "" if needed or value.get("default") is None else f"`{value['default']}`"
        yield f"| `{name}` | {_shape(value)} | {needed} | {default} |"


def _shape(value: Mapping[str, Any]) -> str:  # Any: JSON Schema
    if "$ref" in value:
        return str(value["$ref"]).rpartition("/")[2]
    if "enum" in value or "const" in value:
        return " \\| ".join(f"`{choice}`" for choice in value.get("enum", [value.get("const")]))
    for union in ("anyOf", "oneOf"):
        if union in value:
            return " or ".join(shape for part in value[union] if (shape := _shape(part)) != "null")
    if value.get("type") == "array":
        return f"list of {_shape(value.get('items', {}))}"
    if value.get("type") == "object":
        return f"mapping to {_shape(value['additionalProperties'])}" if isinstance(value.get("additionalProperties"), dict) else "mapping"
    return str(value.get("format") or value.get("type") or "any")


def _line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    print(reference(), end="")  # noqa: T201  the page itself
