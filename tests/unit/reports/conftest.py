"""A platform of a dozen hand-made cases, counted by hand, and the report over it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hall import KEYS, lay

from hub.open import Hub

TABLES = {
    "org_unit": "unit_id unit_name unit_type peer_group valid_from valid_to successor_id list_order",
    "service_item": "item_id item_name item_type owner_unit_id case_type promise_days online_at offline_at season_months",
    "item_request": "request_id item_id kind executed_at",
    "application": "app_id item_id due_at is_test",
    "application_step": "step_id app_id step_no step_name action actor_unit_id arrived_at acted_at due_at",
    "application_pause": "app_id kind started_at ended_at",
    "rating": "rating_id app_id level is_default rated_at",
}
Rows = dict[str, list[tuple[Any, ...]]]


@pytest.fixture
def platform(tmp_path: Path) -> Callable[[Rows], Hub]:
    """Return a hub whose platform holds the given rows; tables that are not given do not exist."""

    def make(rows: Rows) -> Hub:
        url = f"sqlite:///{tmp_path}/platform.db"
        named = {
            name: [{KEYS[name]: str(n), **dict(zip(TABLES[name].split(), line, strict=True))} for n, line in enumerate(lines)]
            for name, lines in rows.items()
        }
        return lay(tmp_path, named, hall=url, platform=url)

    return make
