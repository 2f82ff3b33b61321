"""The options that every command takes, and what they open."""

import getpass
import os
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from catalog import clock
from catalog.campus import Catalog
from catalog.errors import CatalogError
from catalog.load import load

Campus = Annotated[Path | None, typer.Option("--campus", help="学校配置目录；默认 $HUB_CAMPUS，其次 ./campus", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="在标准输出打印一个 JSON 对象")]
Flow = Annotated[str, typer.Argument(help="流的名称，即 campus/flows/ 下的文件名", show_default=False)]
Run = Annotated[str, typer.Argument(help="运行编号，如 R20261105-3", show_default=False)]


def catalog(campus: Path | None) -> Catalog:
    """Load the campus: --campus, HUB_CAMPUS, or ./campus. CatalogError tells all its problems."""
    return load(campus or Path(os.environ.get("HUB_CAMPUS", "campus")))


def opened(campus: Path | None) -> Any:  # Any: hub.open.Hub, imported late so that --help and check stay quick
    """Open the hub of the campus."""
    from hub.open import open_hub

    return open_hub(catalog(campus))


def now() -> datetime:
    """Return the hub's time. CatalogError for an --now or HUB_NOW that is no instant."""
    try:
        return clock.now()
    except ValueError:
        raise CatalogError("cli.now", value=os.environ.get("HUB_NOW", "")) from None


def instant(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    """Return a typed moment as an instant: the school's wall time where no offset was typed."""
    return moment.replace(tzinfo=zone) if moment and moment.tzinfo is None else moment


def me() -> str:
    """Name the person at the keyboard: HUB_USER, or the account."""
    return os.environ.get("HUB_USER") or getpass.getuser()
