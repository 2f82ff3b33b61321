"""Where the rows of a block lie."""

from hypothesis import given
from hypothesis import strategies as some

from connectors.block import NEIGHBOURS, spans

KEYS = some.integers(-3000, 3000)


def block(key: int, number: int) -> int:
    """As servers divide: towards zero."""
    quotient = abs(key) // NEIGHBOURS % number
    return quotient if key >= 0 else -quotient


@given(some.lists(KEYS, min_size=1), some.integers(1, 12), some.sets(some.integers(-11, 11)))
def test_every_key_of_a_block_lies_in_a_span(keys: list[int], number: int, blocks: set[int]) -> None:
    found = spans(blocks, number, min(keys), max(keys))
    if found is not None:
        assert all(any(low <= key <= high for low, high in found) for key in keys if block(key, number) in blocks)


def test_neighbouring_blocks_make_one_span_and_other_keys_lie_outside() -> None:
    assert spans([80, 79], 3906, 1, 999_000) == [(78 * NEIGHBOURS, 81 * NEIGHBOURS)]


def test_keys_that_lie_sparsely_or_beyond_64_bits_have_none() -> None:
    assert spans([0], 2, 0, 10**6) is None
    assert spans([0], 2, 2**64 - 2, 2**64 - 1) is None
