"""Training tracks: real 58-channel tracks and lifted conversations, cached beside the checkpoints."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..data import load_dyads, load_tracks, mirror_values
from . import published
from .config import work_root
from .lift import Lifter, sensed
from .splits import part_of_pair, part_of_take
from .talk import Talk

RECORDINGS = "recordings"
#: Frames of a window, as configured.
WINDOW = 48


@dataclass
class Real:
    """A real take at 25 fps; a head's pose is taken from its median."""

    name: str
    source: str
    values: np.ndarray


def talks(refresh: bool = False) -> tuple[list[Talk], list[Real]]:
    """Lifted conversations, and the real tracks that have a whole face or a head (missing parts are zero).

    Conversations outside training are lifted from takes outside training, so that nothing of theirs was seen.
    """
    cache = work_root() / "sfms-lifted-split.npz"
    if cache.exists() and not refresh:
        stored = np.load(cache, allow_pickle=True)
        return list(stored["talks"]), list(stored["real"])
    tracks = load_tracks(sources=("signs", "moves", "clips", "livelink"))
    seen = Lifter([t for t in tracks if part_of_take(t.name) == "training"])
    unseen = Lifter([t for t in tracks if part_of_take(t.name) != "training"])
    out = []
    for number, dyad in enumerate(load_dyads()):
        sides = (dyad.a, dyad.b)
        lifter = seen if part_of_pair(dyad.pair) == "training" else unseen
        face = tuple(lifter.lift(side, 2 * number + n) for n, side in enumerate(sides))
        out.append(Talk(dyad.pair, dyad.name, face, tuple(sensed(side) for side in sides)))
    real = []
    for track in tracks:
        values = track.values.copy()
        values[:, 52:] -= np.median(values[:, 52:], axis=0)
        real.append(Real(track.name, track.source, values))
    np.savez(cache, talks=boxed(out), real=boxed(real))
    return out, real


def part(
    name: str, source: str = RECORDINGS, audio: str = "none", least: int = WINDOW
) -> tuple[list[Talk], list[np.ndarray]]:
    """The conversations and the real tracks of ``training``, ``development`` or ``test``; a published set
    (``mien_training.sfms.published``) has no real tracks beside its conversations, but may have sound (``audio``). Of a
    published set, conversations of less than ``least`` frames are left out."""
    if source != RECORDINGS:
        return published.part(source, name, audio, least), []
    conversations, real = talks()
    return (
        [t for t in conversations if part_of_pair(t.pair) == name],
        [r.values for r in real if part_of_take(r.name) == name],
    )


def known(source: str, path: Path) -> None:
    """Refuses a data line, of the configuration ``path``, that names neither the recordings nor a published set."""
    if source != RECORDINGS:
        try:
            published.parsed(source)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None


def mirrors(source: str) -> bool:
    """Whether a face of this data has a mirror image: its left and right are known."""
    return source == RECORDINGS or published.is_named(source)


def neutral(source: str, train: list[Talk]) -> np.ndarray:
    """The face at rest (58,), which a listener begins with: 0 of the recordings, of a published set its mean face."""
    return np.zeros(58, np.float32) if source == RECORDINGS else published.mean_face(source, train)


def boxed(items: list) -> np.ndarray:
    """A one-dimensional array of objects."""
    out = np.empty(len(items), object)
    out[:] = items
    return out


class Windows:
    """Random windows of faces for the tokeniser: three of four from conversations, the rest from real tracks."""

    def __init__(
        self, train: list[Talk], real: list[np.ndarray], length: int, real_share: float = 0.25, mirrors: bool = True
    ):
        """``mirrors``: half of the windows are taken in a mirror."""
        self.length, self.real_share, self.mirrors = length, real_share, mirrors
        self.talks = [f for t in train for f in t.face]
        self.real = [r for r in real if len(r) >= length]
        self.weights = np.array([len(r) for r in self.real], float)
        self.weights /= self.weights.sum()

    def batch(self, size: int, random: np.random.Generator) -> np.ndarray:
        """(size, length, 58)."""
        out = []
        for _ in range(size):
            if self.real and random.random() < self.real_share:
                track = self.real[random.choice(len(self.real), p=self.weights)]
            else:
                track = self.talks[random.integers(len(self.talks))]
            start = random.integers(0, len(track) - self.length + 1)
            window = track[start : start + self.length]
            out.append(mirror_values(window) if random.random() < 0.5 and self.mirrors else window)
        return np.stack(out).astype(np.float32)
