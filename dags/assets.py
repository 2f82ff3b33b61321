"""The assets by which flows wait for each other: `after: [org_unit]` in a flow that reads `platform` waits for org_unit@platform."""

from airflow.sdk import Asset


def published(dataset: str, system: str) -> Asset:
    """Return the asset that says: this dataset was published, and proved, in this system."""
    return Asset(name=f"{dataset}@{system}")
