"""What a pushed row carries of the hub's own: what happened to it last, in which batch, when. Never part of a digest."""

from catalog.field_type import FieldType
from connectors.selection import Column, Shape

OP, BATCH, AT = "hub_op", "hub_batch_id", "hub_changed_at"
COLUMNS = (
    Column(OP, FieldType("string", length=1), OP),  # I inserted, U updated, D gone at the source
    Column(BATCH, FieldType("string", length=32), BATCH),
    Column(AT, FieldType("timestamp"), AT),  # the school's wall time
)


def stamped(shape: Shape | None) -> bool:
    """Say whether a receiver's table has all three columns; a table of its own without them is filled all the same."""
    return shape is not None and all(shape.named(column.source) for column in COLUMNS)
