"""The campus that the DAGs keep time for: the folder of HUB_CAMPUS, read once per process. Opens nothing but YAML."""

import os
from functools import cache
from pathlib import Path

from catalog.campus import Catalog
from catalog.load import load


def folder() -> Path:
    """Return the campus folder: HUB_CAMPUS, or campus/ here."""
    return Path(os.environ.get("HUB_CAMPUS", "campus")).absolute()


@cache
def campus() -> Catalog:
    """Read the campus folder. CatalogError, with every problem in it, is what Airflow shows as the import error."""
    return load(folder())
