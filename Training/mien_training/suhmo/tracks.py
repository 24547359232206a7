"""The lifted tracks as SUHMo's sequences, whole takes held out."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .. import split
from ..data.published import confer, voxceleb2
from ..sfms.published import HELD_OUT
from . import published
from .config import Data
from .data import Sequence

#: A mean jump of the points between frames, in face heights, at which a take is cut (the paper: 10 of 180 pixels).
JUMP = 0.1


def recording(name: str) -> str:
    """The take a segment was cut from: `a_negative#03` is of `a_negative`."""
    return name.split("#")[0]


def cut(landmarks: np.ndarray, jump: float = JUMP) -> list[tuple[int, np.ndarray]]:
    """The parts (T, 68, 2) between jumps, each with its first frame."""
    height = np.ptp(landmarks[0, :, 1])
    way = np.sqrt((np.diff(landmarks, axis=0) ** 2).sum(axis=2).mean(axis=1)) / height
    places = np.flatnonzero(way > jump) + 1
    return list(zip([0, *places.tolist()], np.split(landmarks, places)))


def sequences(folder: Path | str | None, sources: tuple[str, ...]) -> list[Sequence]:
    """All tracks of the sources, cut at jumps; the cache is written first where it is missing."""
    from ..data import load_tracks, prepare
    from ..data.cache import SOURCES, cache_folder

    for source in sources:
        if source not in SOURCES and not (Path(folder or cache_folder()) / f"{source}.npz").exists():
            sets = f"{', '.join(SOURCES)}, or a place after {', '.join(f'{kind}:' for kind in PARTS)}"
            raise ValueError(f"data.sources: {source!r} is no set, expected one of {sets}")
    if folder is None:
        prepare.ensure()
    return [
        Sequence(t.name, t.source, part, recording(t.name), first)
        for t in load_tracks(folder, sources)
        for first, part in cut(t.extra["image"])
    ]


#: How a part, `train`, `val` or `test`, of a published set is read, by what a configuration's `sources` name the set: `confer:FILE`,
#: `voxceleb2:FOLDER`, `react2024:FOLDER`, `learning2listen:FOLDER:HOST`. A row is a name, the recording, of VoxCeleb2 the speaker,
#: and landmarks; there is none where the set has no such part.
PARTS = {
    "confer": lambda place, part: confer(place) if part == "train" else [],
    "voxceleb2": lambda place, part: [] if part == "val" else voxceleb2(place, test=part == "test"),
    "react2024": published.react,
    "learning2listen": published.learning2listen,
}


def load_published(source: str, test: bool = False) -> tuple[list[Sequence], list[Sequence]]:
    """Training sequences of a published set, and those of its part `val`, or, for a test, of its part `test` (of VoxCeleb2 the
    paper's test speakers; CONFER has none). Of a set without `val` the end of `train` is held out instead (`apart`), for a test
    too: what is trained on is the same."""
    kind, _, place = source.partition(":")
    root = place.rpartition(":")[0] if kind == "learning2listen" else place
    if not root:
        raise ValueError(f"data.sources: {source!r} names no place, expected {kind}:FOLDER{':HOST' * (kind == 'learning2listen')}")
    if not Path(root).exists():
        raise ValueError(f"data.sources: {source}: {root} is not there")

    def read(part: str, needed: bool = True) -> list[published.Person]:
        found = PARTS[kind](place, part)
        if needed and not found:
            speakers = f"id*/*_coord.json of {'training' if part == 'train' else part} speakers"
            raise ValueError(f"{source}: no {speakers if kind == 'voxceleb2' else f'part {part}'} is there")
        return found

    rows, held_out = read("train"), read("val", needed=False)
    if not held_out:
        rows, held_out = apart(source, rows)
    if test:
        held_out = read("test")
    made = lambda rows: [Sequence(n, source, part, r, first) for n, r, x in rows for first, part in cut(x)]  # noqa: E731
    return made(rows), made(held_out)


def apart(source: str, rows: list[published.Person]) -> tuple[list[published.Person], list[published.Person]]:
    """All rows but those of the last fifth of the recordings, or speakers, in the set's order, and those: neighbours are of one
    conversation, so the end shares the least with the rest. Who CONFER's people are its file does not say."""
    every = list(dict.fromkeys(recording for _, recording, _ in rows))
    if len(every) < 2:
        found = f"{source}: recordings, or speakers, to train on: {len(every)}"
        raise ValueError(f"{found}; expected at least 2, of which one is held out, since there is no val")
    last = set(every[-max(len(every) // HELD_OUT, 1) :])
    return [row for row in rows if row[1] not in last], [row for row in rows if row[1] in last]


def load(
    folder: Path | str | None, settings: Data, test: bool = False
) -> tuple[list[Sequence], list[Sequence]]:
    """Training sequences and those of validation, or of the test; no take is in two of them. What a configuration does
    not name is held out as `split.yaml` says, or, of a published set, as `load_published` does."""
    others = [source for source in settings.sources if source.partition(":")[0] in PARTS]
    training, chosen = [], []
    for source in others:
        parts = load_published(source, test)
        training += parts[0]
        chosen += parts[1]
    own = tuple(source for source in settings.sources if source not in others)
    if own:
        parts = load_own(folder, own, settings, test)
        training += parts[0]
        chosen += parts[1]
    if not chosen:
        raise ValueError(f"data.holdout: split.yaml holds no take of {', '.join(settings.sources)} out, expected takes of theirs")
    return training, chosen


#: The sources whose takes `split.yaml` holds out of head motion.
SPLIT = ("signs", "clips")


def load_own(
    folder: Path | str | None, sources: tuple[str, ...], settings: Data, test: bool
) -> tuple[list[Sequence], list[Sequence]]:
    """As `load`, of recordings. A take that the configuration names has to be in one of the sources; one of `split.yaml`, too, but
    where a source that it splits was not asked for."""
    test_takes = settings.holdout or split.head_motion("test")
    validation = settings.validation or (settings.holdout or split.head_motion("development"))
    found = sequences(folder, sources)
    held_out = set(test_takes) | set(validation)
    unknown = held_out - {s.recording for s in found}
    if not set(SPLIT) <= set(sources):
        unknown &= {*settings.holdout, *settings.validation}
    if unknown:
        raise ValueError(f"held-out take {sorted(unknown)[0]} is in none of {', '.join(sources)}")
    training = [s for s in found if s.recording not in held_out]
    chosen = test_takes if test else validation
    return training, [s for s in found if s.recording in chosen]
