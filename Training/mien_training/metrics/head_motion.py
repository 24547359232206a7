"""SUHMo's distances (spec §1.7): runs of 40 and 80 frames from real faces, of which the last 40 are scored.

A run is seen as its way from the face that it began at, in heights of that face, so that who somebody is does not count.
Each kind of window has its own space of at most 32 dimensions, fitted on the training split, shipped, never refitted.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .frechet import LinearSpace, frechet, terms

SCORED, LONG = 40, 80
DIMENSIONS = 32
KINDS = ("40 frames", "20 frames", "10 frames", "frame", "motion map")
RUNS = (40, 80)
#: What a velocity (face heights a frame) weighs beside a way: head turns then count about as their speed does.
VELOCITY_WEIGHT = 8.0


def starts(tracks: list[np.ndarray], stride: int, frames: int = LONG) -> list[tuple[np.ndarray, np.ndarray]]:
    """A face (68, 2) and the 80 (or other) frames (80, 68, 2) after it, every `stride` frames of every track long enough."""
    return [
        (track[first], track[first + 1 : first + 1 + frames])
        for track in tracks
        for first in range(0, len(track) - frames, stride)
    ]


def scored(start: np.ndarray, run: np.ndarray, frames: int) -> np.ndarray:
    """The scored part (41, 136) of a run of 40 or 80 frames, as its way from the start in heights of the face at the
    start; row 0 is the frame before it, which its first velocity needs."""
    height = np.ptp(start[:, 1])
    whole = np.concatenate([start[None], run[:frames]])
    return ((whole[-SCORED - 1 :] - start) / height).reshape(SCORED + 1, 136)


def windows(part: np.ndarray, kind: str) -> list[np.ndarray]:
    """What a kind of distance compares, of a scored part (41, 136): flat vectors. The motion map is the paper's: frames
    summed with weights that rise linearly from 0.2 to 0.8, normalised to 1."""
    run = part[1:]
    if kind == "frame":
        return list(run[::4])
    if kind == "motion map":
        weights = np.linspace(0.2, 0.8, len(run))
        return [(run * (weights / weights.sum())[:, None]).sum(axis=0)]
    length = int(kind.split()[0])
    speed = VELOCITY_WEIGHT * np.diff(part, axis=0)
    return [
        np.concatenate([run[first : first + length], speed[first : first + length]], axis=1).ravel()
        for first in range(0, len(run) - length + 1, max(length // 2, 1))
    ]


def gathered(parts: list[np.ndarray], kind: str) -> np.ndarray:
    return np.array([window for part in parts for window in windows(part, kind)], np.float32)


def thinned(rows: np.ndarray, most: int = 1500) -> np.ndarray:
    """At most so many rows, evenly."""
    return rows[:: -(-len(rows) // most)]


class Spaces:
    """A space for each length of run and kind of window."""

    def __init__(self, spaces: dict[tuple[int, str], LinearSpace]):
        self.spaces = spaces

    @staticmethod
    def fit(
        begun: list[tuple[np.ndarray, np.ndarray]], kinds: tuple[str, ...] = KINDS, runs: tuple[int, ...] = RUNS
    ) -> "Spaces":
        """From real starts of the training split."""
        parts = {n: [scored(start, after, n) for start, after in begun] for n in runs}
        return Spaces(
            {
                (n, kind): LinearSpace.fit(thinned(gathered(parts[n], kind)), DIMENSIONS)
                for n in runs
                for kind in kinds
            }
        )

    def distances(self, frames: int, made: list[np.ndarray], real: list[np.ndarray]) -> dict[str, float]:
        """Of scored parts, by kind."""
        return {
            kind: frechet(space(gathered(made, kind)), space(gathered(real, kind)))
            for (n, kind), space in self.spaces.items()
            if n == frames
        }

    def terms(self, frames: int, made: list[np.ndarray], real: list[np.ndarray], kind: str = KINDS[0]) -> tuple[float, float]:
        """What the means and what the covariances make of one distance."""
        space = self.spaces[frames, kind]
        return terms(space(gathered(made, kind)), space(gathered(real, kind)))

    def save(self, path: Path) -> None:
        from safetensors.numpy import save_file

        tensors, facts = {}, {
            "mien.kind": "motion-spaces", "velocity_weight": repr(VELOCITY_WEIGHT), "licence": "Apache-2.0",
            "training_data": "UCI Grammatical Facial Expressions (CC BY 4.0), LivePortrait samples (MIT), GRID (CC BY 4.0)",
        }
        for (n, kind), space in self.spaces.items():
            name = f"{n}.{kind.replace(' ', '_')}"
            tensors[f"{name}.mean"] = np.ascontiguousarray(space.mean, np.float32)
            tensors[f"{name}.rows"] = np.ascontiguousarray(space.rows, np.float16)
            facts[f"{name}.scale"] = repr(float(space.scale))
            facts[f"{name}.explained"] = f"{space.explained:.4f}"
        save_file(tensors, str(path), facts)

    @staticmethod
    def load(path: Path) -> "Spaces":
        from safetensors import safe_open

        found = {}
        with safe_open(str(path), "np") as file:
            facts = file.metadata()
            for n in RUNS:
                for kind in KINDS:
                    name = f"{n}.{kind.replace(' ', '_')}"
                    mean, rows = (file.get_tensor(f"{name}.{part}").astype(np.float64) for part in ("mean", "rows"))
                    found[n, kind] = LinearSpace(
                        mean, rows, float(facts[f"{name}.scale"]), float(facts[f"{name}.explained"])
                    )
        return Spaces(found)
