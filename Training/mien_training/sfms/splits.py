"""Which part of the written split (``Training/split.yaml``) a recording belongs to."""

from __future__ import annotations

from functools import cache

from ..split import read

PARTS = ("test", "development")


@cache
def _parts() -> tuple[dict[str, str], dict[str, str]]:
    """Parts by pair and by take, of those that are not in training."""
    written = read()
    pairs = {pair: part for part in PARTS for pair in written["pairs"].get(part, [])}
    takes = {
        take: part
        for part in PARTS
        for kind in ("takes", "people", "faces")
        for take in written[kind].get(part, [])
    }
    return pairs, takes


def part_of_pair(pair: str) -> str:
    """``training``, ``development`` or ``test``."""
    return _parts()[0].get(pair, "training")


def part_of_take(name: str) -> str:
    """The part of a real take; ``name#07`` is a piece of ``name``."""
    return _parts()[1].get(name.partition("#")[0], "training")
