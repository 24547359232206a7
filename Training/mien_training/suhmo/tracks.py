"""The lifted tracks as SUHMo's sequences, whole takes held out."""

from __future__ import annotations

from pathlib import Path

from .config import Data
from .data import Sequence


def recording(name: str) -> str:
    """The take a segment was cut from: `a_negative#03` is of `a_negative`."""
    return name.split("#")[0]


def load(
    folder: Path | str | None, settings: Data, test: bool = False
) -> tuple[list[Sequence], list[Sequence]]:
    """Training sequences and those of validation, or of the test; no take is in two of them."""
    from ..data import load_tracks

    tracks = load_tracks(folder, tuple(settings.sources))
    held_out = set(settings.holdout) | set(settings.validation)
    unknown = held_out - {recording(track.name) for track in tracks}
    if unknown:
        raise ValueError(f"held-out take {sorted(unknown)[0]} is in none of {', '.join(settings.sources)}")
    sequences = [Sequence(t.name, t.source, t.extra["image"], recording(t.name)) for t in tracks]
    training = [s for s in sequences if s.recording not in held_out]
    chosen = settings.holdout if test else settings.validation or settings.holdout
    return training, [s for s in sequences if s.recording in chosen]
