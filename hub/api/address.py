"""Whether an address lies in a list of networks."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address


def admits(networks: Sequence[IPv4Network | IPv6Network], address: str | None) -> bool:
    """Say whether an address lies in one of the networks; what is no address does not."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return any(found in network for network in networks)
