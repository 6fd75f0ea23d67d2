"""Network addresses as people are shown them."""

import pytest

from chatapp.rules.addresses import coarse


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("203.0.113.77", "203.0.113.x"),
        ("::ffff:203.0.113.77", "203.0.113.x"),
        ("2001:db8:12:34:56:78:9a:bc", "2001:db8:12::/48"),
        ("::1", "::/48"),
        ("", None),
        (None, None),
        ("localhost", None),
        ("@", None),
    ],
)
def test_an_address_is_shown_without_what_tells_machines_of_a_network_apart(address, shown):
    assert coarse(address) == shown
