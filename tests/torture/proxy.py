"""A TCP proxy on loopback that loses, halves and delays. One thread pumps bytes for all connections and reads no HTTP:
a request begins with the first bytes of a client after an answer, so clients must not send one before the other is answered.

What may happen to a request, by rates between 0 and 1 that add up to 1 at most:

    refuse          the connection is reset as soon as it is made (a rate of connections, not of requests)
    drop_request    reset; the server never sees the request
    drop_answer     the server works and answers; the answer is thrown away and the client reset
    half_answer     a part of the answer, at most all but one byte, then a reset
    delay_answer    the whole answer, 0.2 to 3 s late
"""

import itertools
import random

from .pump import Pump

VERDICTS = ("drop_request", "drop_answer", "half_answer", "delay_answer")
KINDS = ("refuse", *VERDICTS)
DELAY_SECONDS = (0.2, 3)
# How many chunks pass before the one that is cut: heads, bodies and the later lines of a stream each come to be cut.
PASSED_CHUNKS = (0, 0, 1, 1, 2, 3)


class Proxy(Pump):
    """A door of its own on ``port`` (at ``url``) to the server on ``target_port``, and to ``others`` in turn.

    ``counts`` says how often each kind was really injected, ``cut`` being the connections that cut_all() reset, and
    ``passed`` how many requests there were in all.
    """

    def __init__(self, target_port, seed=0, delay_seconds=DELAY_SECONDS, others=()):
        self.counts = dict.fromkeys((*KINDS, "cut", "passed"), 0)
        self._delay_seconds = delay_seconds
        self._random = random.Random(seed)
        self._rates = dict.fromkeys(KINDS, 0)
        self._steps = ()
        super().__init__(target_port, *others)
        self.url = f"http://127.0.0.1:{self.port}"

    def set_rates(self, **rates):
        """Change the rates; what is not named becomes 0. Requests under way keep the verdict they have."""
        self._rates = dict.fromkeys(KINDS, 0) | rates
        if self._rates.keys() != set(KINDS):
            raise ValueError(f"the kinds are {KINDS}, not {tuple(rates)}")
        ladder = list(itertools.accumulate(self._rates[kind] for kind in VERDICTS))
        self._steps = tuple(zip(ladder, VERDICTS, strict=True)) if ladder[-1] else ()

    def rates(self):
        """Return the rates that hold now."""
        return dict(self._rates)

    def calm(self):
        """Let everything pass from now on, requests under way too; but for answers that are late already."""
        self.set_rates()
        self.ask(self._forgive)

    def cut_all(self):
        """Reset every open connection, on both sides. Returns how many there were."""
        cut = self.ask(self._cut)
        self.counts["cut"] += cut
        return cut

    def _forgive(self):
        for side in self._sides.values():
            side.pair.verdict = None

    def _welcomes(self, _client):
        refused = self._rates["refuse"] and self._random.random() < self._rates["refuse"]
        self.counts["refuse"] += bool(refused)
        return not refused

    def _pass_request(self, pair, data):
        if not pair.asking:
            pair.asking, pair.verdict = True, self._judge()
            pair.chunks_to_pass = self._random.choice(PASSED_CHUNKS) if pair.verdict == "half_answer" else 0
            self.counts["passed"] += 1
        if pair.verdict == "drop_request":
            self._inject(pair)
        else:
            self._send(pair.server, data)

    def _pass_answer(self, pair, data):
        pair.asking = False
        if pair.verdict is None:
            self._send(pair.client, data)
        elif pair.verdict == "drop_answer":
            self._inject(pair)
        elif pair.verdict == "delay_answer":
            pair.server.held = True
            self._watch(pair.server)
            self._later(self._random.uniform(*self._delay_seconds), lambda: self._deliver(pair, data))
        elif pair.chunks_to_pass:
            pair.chunks_to_pass -= 1
            self._send(pair.client, data)
        else:
            self._send(pair.client, data[: self._random.randrange(len(data))])
            self._inject(pair)

    def _deliver(self, pair, data):
        if pair.open:
            self.counts["delay_answer"] += 1
            pair.verdict, pair.server.held = None, False
            try:
                self._send(pair.client, data)
                self._watch(pair.server)
            except OSError:
                self._drop(pair)

    def _judge(self):
        if not self._steps:
            return None
        drawn = self._random.random()
        return next((verdict for step, verdict in self._steps if drawn < step), None)

    def _inject(self, pair):
        self.counts[pair.verdict] += 1
        self._drop(pair)
