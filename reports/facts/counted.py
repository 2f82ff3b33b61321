"""Which datasets of a campus the reports count from. Light: the scheduler reads it again and again."""

from catalog.campus import Catalog
from hub.published import published
from reports.facts import FACTS


def counted(catalog: Catalog) -> list[str]:
    """Return the datasets that reports count from and that reach the platform by a schedule of their own."""
    return [name for name in FACTS if name in catalog.datasets and (it := published(catalog, name)) and it.flow.schedule is not None]
