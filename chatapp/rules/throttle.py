"""How long somebody who failed must wait. Pure arithmetic; where failures are counted is others' work."""

import ipaddress
from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """``free`` tries within ``window`` seconds are looked at without a wait; after that each failure doubles it, from one
    second up to ``longest``."""

    free: int
    window: int
    longest: int


ACCOUNT = Limit(free=5, window=15 * 60, longest=15 * 60)
ADDRESS = Limit(free=20, window=10 * 60, longest=10 * 60)


def counted(limit, failures, last_failed, now):
    """Return how many failures still count at the second ``now``: none once the last one is a window and its wait ago."""
    return 0 if now - last_failed >= max(limit.window, _pause(limit, failures)) else failures


def wait(limit, failures, last_failed, now):
    """Return the seconds until the next try is looked at; 0: now."""
    return max(0.0, last_failed + _pause(limit, counted(limit, failures, last_failed, now)) - now)


def address_block(address):
    """Return what counts as one address: IPv4 as it is, IPv6 by its /64, which is what one household is given."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if parsed.version == 6 and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return str(parsed) if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))


def _pause(limit, failures):
    over = failures - limit.free
    return 0 if over < 0 else min(limit.longest, 2 ** min(over, 30))
