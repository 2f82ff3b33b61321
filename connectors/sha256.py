"""The row hash between PostgreSQL and MariaDB: SHA-256, which both have built in. MariaDB prepares each md5 anew, at four times the cost.

The other engines, and whoever hashes rows on the way, take md5: openGauss has nothing else (connectors.lane.hash_of_both chooses).
"""

# of a row's text: the first fifteen hexadecimal digits, as a number
HASHES = {
    "postgresql": "cast(cast('x' || substr(encode(sha256(convert_to({text}, 'UTF8')), 'hex'), 1, 15) as bit(60)) as bigint)",
    "mariadb": "cast(conv(substr(sha2({text}, 256), 1, 15), 16, 10) as unsigned)",
}


def row_hash(engine: str, text: str) -> str:
    """SQL for the 60-bit hash of a row's text."""
    return HASHES[engine].format(text=text)
