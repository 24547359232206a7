"""Random numbers for authored tracks, one after another from the counter-based generator."""

from __future__ import annotations

import numpy as np

from mien_training.counter_random import CounterRandom


class Draws:
    """A sequence of draws that is the same for the same seed on every machine."""

    def __init__(self, seed: int):
        self._random = CounterRandom(seed, "behaviour")
        self._frame = 0

    def _next(self, count: int) -> np.ndarray:
        self._frame += 1
        return self._random.uniform(self._frame, np.arange(count, dtype=np.uint32)).astype(np.float64)

    def uniform(self) -> float:
        """A number in [0, 1)."""
        return float(self._next(1)[0])

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.uniform()

    def normal(self, mean: float, deviation: float) -> float:
        return mean + deviation * float(self.normals(1)[0])

    def normals(self, count: int) -> np.ndarray:
        """Standard normal numbers (Box and Muller)."""
        uniform = self._next(2 * count)
        return np.sqrt(-2 * np.log1p(-uniform[:count])) * np.cos(2 * np.pi * uniform[count:])

    def choice(self, weights: list[float]) -> int:
        """An index, as often as its weight says."""
        edges = np.cumsum(weights) / np.sum(weights)
        return int(np.searchsorted(edges, self.uniform(), side="right"))
