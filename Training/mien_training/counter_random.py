"""Counter-based random numbers (Philox 4x32-10), the bit-exact twin of ``FaceKit.CounterRandom``.

Every draw is a pure function of (seed, system, stream, frame, draw). Source: Salmon et al., SC 2011.
"""

from __future__ import annotations

import numpy as np

SYSTEMS = {
    "test": 0,
    "suhmo": 1,
    "sfms": 2,
    "regnn": 3,
    "cteg": 4,
    "fourDFM": 5,
    "behaviour": 6,
    "simulator": 7,
}

_MASK = np.uint64(0xFFFFFFFF)


def philox(counter: np.ndarray, key: tuple[int, int]) -> np.ndarray:
    """Ten rounds over counters of shape (..., 4), uint32; returns the same shape."""
    c = [np.asarray(counter[..., i], dtype=np.uint64) for i in range(4)]
    k0, k1 = np.uint64(key[0]), np.uint64(key[1])
    for round_ in range(10):
        if round_ > 0:
            k0 = (k0 + np.uint64(0x9E3779B9)) & _MASK
            k1 = (k1 + np.uint64(0xBB67AE85)) & _MASK
        p0 = c[0] * np.uint64(0xD2511F53)
        p1 = c[2] * np.uint64(0xCD9E8D57)
        c = [
            (p1 >> np.uint64(32)) ^ c[1] ^ k0,
            p1 & _MASK,
            (p0 >> np.uint64(32)) ^ c[3] ^ k1,
            p0 & _MASK,
        ]
    return np.stack(c, axis=-1).astype(np.uint32)


class CounterRandom:
    """A generator for one system and one of its streams."""

    def __init__(self, seed: int, system: str, stream: int = 0):
        self.key = (seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF)
        self.system = SYSTEMS[system]
        self.stream = stream

    def bits(self, frame: int, draw: np.ndarray | int) -> np.ndarray:
        """32 random bits for each draw of a frame."""
        draw = np.atleast_1d(np.asarray(draw, dtype=np.uint32))
        counter = np.empty(draw.shape + (4,), dtype=np.uint32)
        counter[..., 0] = draw >> 2
        counter[..., 1] = frame
        counter[..., 2] = self.stream
        counter[..., 3] = self.system
        block = philox(counter, self.key)
        return np.take_along_axis(block, (draw & 3)[..., None].astype(np.int64), axis=-1)[..., 0]

    def uniform(self, frame: int, draw: np.ndarray | int) -> np.ndarray:
        """Uniform float32 in [0, 1) with 24 bits."""
        return (self.bits(frame, draw) >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-24)
