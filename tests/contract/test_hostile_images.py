"""Hostile images are refused or found not to be issued here, at a bounded cost in memory and time."""

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.hostile import MAKERS

COUNT = 300
ALLOWED_MIB = 64


def test_hostile_images_end_in_a_refusal_and_within_bounds_of_memory() -> None:
    """In a process of its own, whose peak of memory is read before and after; any other error ends it."""
    command = [sys.executable, "-m", "benchmarks.hostile", "--count", str(COUNT)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    outcomes = told["outcomes"]
    assert sum(outcomes.values()) == COUNT >= 20 * len(MAKERS)
    assert "issued, foreign picture" not in outcomes
    assert outcomes["invalid, foreign picture"] > 30
    assert told["grown_mib"] <= ALLOWED_MIB
    assert told["invalid_p99_ms"] <= 200
