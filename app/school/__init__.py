"""The sample school: invented rows for the source systems of campus/, their planted faults, and what changes on the second day."""

from app.school.days import empty_source, restore_source, second_day
from app.school.invent import generate

__all__ = ["empty_source", "generate", "restore_source", "second_day"]
