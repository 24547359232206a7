"""Which part of the written split (``Training/split.yaml``) a recording belongs to.

Pairs belong to the parts of a fold where the variable ``MIEN_FOLD`` names one (``mien_training.sfms.folds`` sets it).
"""

from __future__ import annotations

import os
from functools import cache

from ..split import read

PARTS = ("test", "development")
FOLD = "MIEN_FOLD"


def pairs_of(fold: str | None) -> dict[str, list[str]]:
    """The pairs of test and development: those of the split, or of one of its folds."""
    written = read()
    if fold is None:
        return {part: written["pairs"].get(part, []) for part in PARTS}
    folds = written["folds"]
    number = int(fold)
    return {"test": folds[number], "development": folds[(number + 1) % len(folds)]}


@cache
def _pairs(fold: str | None) -> dict[str, str]:
    return {pair: part for part, own in pairs_of(fold).items() for pair in own}


@cache
def _takes() -> dict[str, str]:
    written = read()
    return {
        take: part
        for part in PARTS
        for kind in ("takes", "people", "faces")
        for take in written[kind].get(part, [])
    }  # fmt: skip


def part_of_pair(pair: str) -> str:
    """``training``, ``development`` or ``test``."""
    return _pairs(os.environ.get(FOLD)).get(pair, "training")


def part_of_take(name: str) -> str:
    """The part of a real take; ``name#07`` is a piece of ``name``."""
    return _takes().get(name.partition("#")[0], "training")
