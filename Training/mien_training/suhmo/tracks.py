"""The lifted tracks as SUHMo's sequences, whole takes held out."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .. import split
from ..data.published import confer, voxceleb2
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
            sets = f"{', '.join(SOURCES)}, or a place after {', '.join(f'{kind}:' for kind in PUBLISHED)}"
            raise ValueError(f"data.sources: {source!r} is no set, expected one of {sets}")
    if folder is None:
        prepare.ensure()
    return [
        Sequence(t.name, t.source, part, recording(t.name), first)
        for t in load_tracks(folder, sources)
        for first, part in cut(t.extra["image"])
    ]


#: Published sets, by what a configuration's `sources` name them: `confer:FILE`, `voxceleb2:FOLDER`, `react2024:FOLDER`,
#: `learning2listen:FOLDER:HOST`.
PUBLISHED = ("confer", "voxceleb2", "react2024", "learning2listen")
#: Sets that come in parts, `train`, `val` and `test`.
IN_PARTS = {"react2024": published.react, "learning2listen": published.learning2listen}


def load_published(source: str) -> tuple[list[Sequence], list[Sequence]]:
    """Training and held-out sequences of a published set: held out are VoxCeleb2's test speakers, every tenth recording of
    CONFER, and of the others the part `val`, else `test`, else every tenth recording."""
    kind, _, place = source.partition(":")
    root = place.rpartition(":")[0] if kind == "learning2listen" else place
    if not root:
        raise ValueError(f"data.sources: {source!r} names no place, expected {kind}:FOLDER{':HOST' * (kind == 'learning2listen')}")
    if not Path(root).exists():
        raise ValueError(f"data.sources: {source}: {root} is not there")
    made = lambda rows: [Sequence(n, source, part, r, first) for n, r, x in rows for first, part in cut(x)]  # noqa: E731
    if kind == "voxceleb2":
        parts = made(voxceleb2(place)), made(voxceleb2(place, test=True))
        for people, found in zip(("training", "test"), parts):
            if not found:
                raise ValueError(f"{source}: no id*/*_coord.json of {people} speakers is there")
        return parts
    if read := IN_PARTS.get(kind):
        rows = read(place, "train")
        if not rows:
            raise ValueError(f"{source}: no part train is there")
        if held_out := read(place, "val") or read(place, "test"):
            return made(rows), made(held_out)
    else:
        rows = confer(place)
    held_out = set(sorted({recording for _, recording, _ in rows})[::10])
    return made([r for r in rows if r[1] not in held_out]), made([r for r in rows if r[1] in held_out])


def load(
    folder: Path | str | None, settings: Data, test: bool = False
) -> tuple[list[Sequence], list[Sequence]]:
    """Training sequences and those of validation, or of the test; no take is in two of them. What a configuration does
    not name is held out as `split.yaml` says."""
    others = [source for source in settings.sources if source.partition(":")[0] in PUBLISHED]
    training, chosen = [], []
    for source in others:
        parts = load_published(source)
        training += parts[0]
        chosen += parts[1]
    own = tuple(source for source in settings.sources if source not in others)
    if own:
        parts = load_own(folder, own, settings, test)
        training += parts[0]
        chosen += parts[1]
    return training, chosen


def load_own(
    folder: Path | str | None, sources: tuple[str, ...], settings: Data, test: bool
) -> tuple[list[Sequence], list[Sequence]]:
    test_takes = settings.holdout or split.head_motion("test")
    validation = settings.validation or (settings.holdout or split.head_motion("development"))
    found = sequences(folder, sources)
    held_out = set(test_takes) | set(validation)
    unknown = held_out - {s.recording for s in found}
    if unknown:
        raise ValueError(f"held-out take {sorted(unknown)[0]} is in none of {', '.join(sources)}")
    training = [s for s in found if s.recording not in held_out]
    chosen = test_takes if test else validation
    return training, [s for s in found if s.recording in chosen]
