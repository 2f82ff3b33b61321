"""A digest: the additive, order-free fingerprint of a set of rows. It adds and subtracts; it never orders."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Digest:
    """How many rows, and the sum of their 60-bit row hashes."""

    count: int = 0
    total: int = 0

    def __add__(self, other: "Digest") -> "Digest":
        return Digest(self.count + other.count, self.total + other.total)

    def __sub__(self, other: "Digest") -> "Digest":
        return Digest(self.count - other.count, self.total - other.total)
