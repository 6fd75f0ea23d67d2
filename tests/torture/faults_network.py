"""Faults of the network between clients and server, by the proxies."""

import time

WINDOW_SECONDS = (1, 4)
# Rates of a window. A few in a hundred each: most of what clients do shall succeed.
RATES = {"refuse": 0.02, "drop_request": 0.02, "drop_answer": 0.03, "half_answer": 0.03, "delay_answer": 0.02}


def cut_connections(ground):
    """Reset every connection that is open now."""
    cut = sum(proxy.cut_all() for proxy in ground.proxies)
    return {"did": cut > 0, "cut": cut}


def answers(ground):
    """Lose, halve and delay requests and answers for some seconds. The fields say how many of each kind it was."""
    before, seconds = _counts(ground), ground.seconds(*WINDOW_SECONDS)
    usual = [proxy.rates() for proxy in ground.proxies]
    for proxy in ground.proxies:
        proxy.set_rates(**RATES)
    time.sleep(seconds)
    for proxy, rates in zip(ground.proxies, usual, strict=True):
        proxy.set_rates(**rates)
    rose = {kind: count - before[kind] for kind, count in _counts(ground).items()}
    return {"did": any(rose.values()), "seconds": seconds, **rose}


def _counts(ground):
    return {kind: sum(proxy.counts[kind] for proxy in ground.proxies) for kind in RATES}
