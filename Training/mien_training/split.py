"""The fixed split of the recordings, `Training/split.yaml`: whole takes, people and pairs, never windows."""

from __future__ import annotations

from pathlib import Path

import yaml

FILE = Path(__file__).resolve().parents[1] / "split.yaml"


def read() -> dict[str, dict[str, list[str]]]:
    return yaml.safe_load(FILE.read_text())


def takes(part: str) -> list[str]:
    """Unseen takes of people who are in training, `part` being test or development."""
    return list(read()["takes"][part])


def people(part: str) -> list[str]:
    """Takes of people who are nowhere else."""
    return list(read()["people"][part])


def head_motion(part: str) -> list[str]:
    """All held-out takes of head motion."""
    return takes(part) + people(part)


def pairs(part: str = "test") -> list[str]:
    """Held-out pairs of the conversations."""
    return list(read()["pairs"].get(part, []))
