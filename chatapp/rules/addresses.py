"""Network addresses as people are shown them."""

import ipaddress


def coarse(address):
    """Return an address without what tells one machine of a network from another: "203.0.113.x", "2001:db8:12::/48"; None for
    what is no address (a Unix socket has none)."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    if parsed.version == 6 and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    if parsed.version == 4:
        return str(parsed).rpartition(".")[0] + ".x"
    return str(ipaddress.ip_network((parsed, 48), strict=False))
