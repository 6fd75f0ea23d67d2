"""Reads the lines, then lets each family of invariants judge."""

from . import again
from .findings import Findings
from .generations import Lineage
from .index import Index
from .liveness import judge_heard_changes, judge_late, judge_standing
from .membership import Membership, judge_gaps, judge_received
from .order import judge_real_time, judge_sessions
from .pages import judge_final, judge_numbers, judge_page, judge_state
from .planned import judge_planned
from .seen import Seen
from .stored import Stored, judge_seen
from .texts import Texts, judge_changes, judge_repeats, judge_texts
from .walker import Walker


def check(lines):
    """Return the Anomalies of a history, given as dictionaries, one a line. Near-linear in its events."""
    checker = Checker()
    for line in lines:
        checker.take(line)
    return checker.judge().all()


class Checker:
    """``take`` each line in its order, then ``judge``, once."""

    def __init__(self):
        self.findings = Findings()
        self.index, self.seen = Index(), Seen(self.findings)
        self.walker = Walker(self.findings, self.seen)
        self.lineage = None
        self.operations = self._at = 0
        index, walker = self.index, self.walker
        self._takers = {
            "send": index.send,
            "edit": index.change,
            "delete": index.change,
            "join": index.move,
            "leave": index.move,
            "state": self._state,
            "poll": walker.poll,
            "read": self._page,
            "final": self._page,
            "replay": self._replay,
            "run": lambda line, at: index.plans.append(line["planned"]),
            "fault": index.fault,
            "healed": self._healed,
            "quiet": lambda line, at: setattr(index, "quiet", line["at"]),
            "truth": index.truth,
        }

    def take(self, line):
        """Take one line. Raises KeyError for a line of unknown meaning."""
        self._at += 1
        if "client" in line:
            self.operations += 1
            self.index.generations.add(line["generation"])
        self._takers[line["f"]](line, self._at)

    def judge(self):
        """Return the Findings."""
        index, walker, findings = self.index, self.walker, self.findings
        standing = [chain for chain in walker.chains.values() if chain is not None]
        for chain in standing:
            walker.end(chain)
        self.lineage = Lineage(index.restores, index.generations | set(index.truths))
        judge_planned(index, walker, index.restores, findings)
        membership = Membership(index)
        for chain in walker.retold:
            again.differing(chain, self.seen.places, membership, findings)
        stored_of = {generation: Stored(generation, truth, self) for generation, truth in sorted(index.truths.items())}
        texts_of = {generation: Texts(stored, index, self.lineage) for generation, stored in stored_of.items()}
        for generation, stored in stored_of.items():
            stored.judge({name for life, name in walker.deleted if life == generation})
            judge_seen(stored, self.seen, index, self.lineage, findings)
            judge_real_time(stored, findings)
            judge_texts(stored, texts_of[generation], self.seen, findings, index.truth_lines[generation])
            judge_changes(stored, texts_of[generation], self.seen, findings)
        judge_sessions(index.sends, findings)
        judge_gaps(walker.gaps, stored_of, membership, findings)
        judge_received(walker.received, stored_of, membership, findings)
        self._judge_pages(stored_of, membership)
        judge_repeats(standing, texts_of, findings)
        self._judge_end(stored_of, texts_of, standing)
        return findings

    def _judge_pages(self, stored_of, membership):
        for page in self.index.pages:
            judge_page(page, stored_of.get(page.generation), membership, self.findings)
        for page in self.index.finals:
            if page.generation in stored_of:
                judge_final(page, self.index.final_rows.get(page.line), stored_of[page.generation], self.findings)
        for (generation, _), states in self.index.states.items():
            for state in states if generation in stored_of else ():
                judge_state(state, stored_of[generation], membership, self.findings)

    def _judge_end(self, stored_of, texts_of, standing):
        last = max(self.index.generations, default=0)
        if last not in stored_of:
            return
        judge_standing(self.walker, stored_of[last], self.index, self.findings)
        alive = [chain for chain in standing if chain.generation == last and chain.client in self.walker.clients]
        judge_heard_changes(alive, stored_of[last], texts_of[last], self.index, self.findings)
        if self.index.healed is not None:
            judge_late(self.walker.late, stored_of[last], self.index.healed, self.findings)

    def _state(self, line, at):
        self.index.state(line, at)
        self.walker.state(line, at)

    def _page(self, line, at):
        self.index.page(line, at)
        if line["outcome"] == "ok":
            judge_numbers(line, at, self.findings)
            self.seen.page(line, at)

    def _replay(self, line, at):
        if line["outcome"] == "ok" and not line["equal"]:
            self.findings.add("replay", f"{line['client']}: {line.get('difference')}", at)

    def _healed(self, line, at):
        self.index.healed = self.walker.healed = line["at"]
