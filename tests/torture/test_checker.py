"""The history checker finds whatever goes wrong, and nothing where nothing did."""

import functools
import itertools
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from torture.checker import INVARIANTS, check
from torture.synthetic import SHAPES, clean
from torture.tampering import TAMPERINGS, Unfit, tampered

SEEDS = 20
MOST_TRIES = 400
PLAIN = {"people": 4, "steps": 8, "lost": 0.2}
RESTORED = {**PLAIN, "restores": 1}


@functools.cache
def history(seed):
    """Return a clean history; every second one with a restored backup."""
    return clean(seed, **(RESTORED if seed % 2 else PLAIN))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_clean_history_has_no_anomaly(shape):
    for seed in range(SEEDS // 2):
        assert check(clean(seed, **SHAPES[shape])) == [], f"seed {seed}"


@pytest.mark.parametrize("what", TAMPERINGS)
def test_a_planted_anomaly_is_found_under_its_name(what):
    found = 0
    for seed in itertools.count():
        assert seed < MOST_TRIES, "too few histories have a place for this"
        try:
            lines = tampered(what, history(seed), random.Random(seed))
        except Unfit:
            continue
        invariants = {anomaly.invariant for anomaly in check(lines)}
        assert TAMPERINGS[what][0] in invariants, f"seed {seed}: {invariants}"
        found += 1
        if found == SEEDS:
            return


def test_every_invariant_is_broken_by_some_tampering():
    assert {invariant for invariant, _ in TAMPERINGS.values()} == set(INVARIANTS)


@pytest.mark.parametrize(("what", "code"), [(None, 0), ("an event comes twice in one answer", 1)])
def test_the_command_says_what_is_in_a_history_and_fails_when_something_is_wrong(tmp_path, what, code):
    lines = tampered(what, history(1), random.Random(1)) if what else history(1)
    path = tmp_path / "history.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    tests = Path(__file__).resolve().parents[1]
    said = subprocess.run([sys.executable, "-m", "torture.checker", path], cwd=tests, capture_output=True, text=True)
    assert said.returncode == code, said.stderr
    assert "operations and deliveries/s" in said.stdout and "restore 1" in said.stdout
    assert ("duplicate" in said.stdout) == bool(what) and ("no anomaly" in said.stdout) != bool(what)
