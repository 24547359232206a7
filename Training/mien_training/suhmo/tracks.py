"""The lifted tracks as SUHMo's sequences, whole takes held out."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .. import split
from .config import Data
from .data import Sequence

#: A mean jump of the points between frames, in face heights, at which a take is cut (the paper: 10 of 180 pixels).
JUMP = 0.1


def recording(name: str) -> str:
    """The take a segment was cut from: `a_negative#03` is of `a_negative`."""
    return name.split("#")[0]


def cut(landmarks: np.ndarray, jump: float = JUMP) -> list[np.ndarray]:
    """The parts (T, 68, 2) between jumps."""
    height = np.ptp(landmarks[0, :, 1])
    way = np.sqrt((np.diff(landmarks, axis=0) ** 2).sum(axis=2).mean(axis=1)) / height
    return np.split(landmarks, np.flatnonzero(way > jump) + 1)


def sequences(folder: Path | str | None, sources: tuple[str, ...]) -> list[Sequence]:
    """All tracks of the sources, cut at jumps."""
    from ..data import load_tracks

    return [
        Sequence(t.name, t.source, part, recording(t.name))
        for t in load_tracks(folder, sources)
        for part in cut(t.extra["image"])
    ]


def load(
    folder: Path | str | None, settings: Data, test: bool = False
) -> tuple[list[Sequence], list[Sequence]]:
    """Training sequences and those of validation, or of the test; no take is in two of them. What a configuration does
    not name is held out as `split.yaml` says."""
    test_takes = settings.holdout or split.head_motion("test")
    validation = settings.validation or (settings.holdout or split.head_motion("development"))
    found = sequences(folder, tuple(settings.sources))
    held_out = set(test_takes) | set(validation)
    unknown = held_out - {s.recording for s in found}
    if unknown:
        raise ValueError(f"held-out take {sorted(unknown)[0]} is in none of {', '.join(settings.sources)}")
    training = [s for s in found if s.recording not in held_out]
    chosen = test_takes if test else validation
    return training, [s for s in found if s.recording in chosen]
