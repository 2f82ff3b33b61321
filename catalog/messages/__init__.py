"""The one catalogue of what people read: `key: {zh: …, en: …}` in the YAML files of this folder, Chinese first."""

import os
from functools import cache
from importlib.resources import files
from typing import Literal, cast, get_args

import yaml

Lang = Literal["zh", "en"]


def language() -> Lang:
    """Return the hub's language: HUB_LANG, Chinese unless it says otherwise."""
    lang = os.environ.get("HUB_LANG", "zh")
    return cast(Lang, lang) if lang in get_args(Lang) else "zh"


@cache
def texts() -> dict[str, dict[Lang, str]]:
    """Read every message once: key → language → text with `{name}` places."""
    found: dict[str, dict[Lang, str]] = {}
    for entry in sorted(files(__package__).iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".yaml"):
            loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
            found |= yaml.load(entry.read_text("utf-8"), loader) or {}
    return found


def say(key: str, lang: Lang | None = None, /, **names: object) -> str:
    """Fill the message `key` in `lang` (HUB_LANG if none). KeyError for a key that the catalogue lacks."""
    return texts()[key][lang or language()].format(**names)
