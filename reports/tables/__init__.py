"""The tables and sentences beside the indicators: one commented .sql file each, its columns named in it."""

from importlib.resources import files

TABLES = (
    "bases",
    "kinds",
    "step_units",
    "stuck_steps",
    "top_items",
    "returned_items",
    "disliked_items",
    "months",
    "year_ago",
    "work_days",
    "satisfaction",
    "dwell",
    "renamed",
    "mended",
    "units",
)


def table(name: str) -> str:
    """Read a table's statement."""
    return (files("reports.tables") / f"{name}.sql").read_text("utf-8")
