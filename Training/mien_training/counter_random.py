"""Counter-based random numbers (Philox 4x32-10), the bit-exact twin of ``FaceKit.CounterRandom``.

Every draw is a pure function of (seed, system, stream, frame, draw). Source: Salmon et al., SC 2011.
"""

from __future__ import annotations

import numpy as np

from . import portable_math

SYSTEMS = {
    "test": 0,
    "suhmo": 1,
    "sfms": 2,
    "regnn": 3,
    "cteg": 4,
    "fourDFM": 5,
    "behaviour": 6,
    "simulator": 7,
    "telemetry": 8,
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

    def _open_uniform(self, frame: int, draw: np.ndarray | int) -> np.ndarray:
        """Uniform float64 strictly between 0 and 1, with 32 bits."""
        return (self.bits(frame, draw).astype(np.float64) + 0.5) * 2.0**-32

    def normal(self, frame: int, draw: np.ndarray | int) -> np.ndarray:
        """Standard normal float32: the inverse distribution function of 32 random bits."""
        return normal_quantile(self._open_uniform(frame, draw)).astype(np.float32)

    def gumbel(self, frame: int, draw: np.ndarray | int) -> np.ndarray:
        """Standard Gumbel float32: -log(-log(u))."""
        u = self._open_uniform(frame, draw)
        return (-portable_math.log(-portable_math.log(u))).astype(np.float32)


# Wichura, algorithm AS 241, Applied Statistics 1988; highest power first.
_CENTRE = (
    (2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
     1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080),
    (5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
     5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0),
)  # fmt: skip
_MIDDLE = (
    (7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258,
     3.64784832476320460504, 5.76949722146069140550, 4.63033784615654529590, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
     6.89767334985100004550e-1, 1.67638483018380384940, 2.05319162663775882187, 1.0),
)  # fmt: skip
_FAR = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
     2.96560571828504891230e-1, 1.78482653991729133580, 5.46378491116411436990, 6.65790464350110377720),
    (2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
     1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1.0),
)  # fmt: skip


def _ratio(x: np.ndarray, polynomials: tuple[tuple[float, ...], tuple[float, ...]]) -> np.ndarray:
    above, below = (np.full_like(x, p[0]) for p in polynomials)
    for a, b in zip(polynomials[0][1:], polynomials[1][1:]):
        above = above * x + a
        below = below * x + b
    return above / below


def normal_quantile(p: np.ndarray) -> np.ndarray:
    """The number below which a standard normal one lies with probability p, 0 < p < 1."""
    p = np.asarray(p, dtype=np.float64)
    q = p - 0.5
    centre = q * _ratio(0.180625 - q * q, _CENTRE)
    tail = np.sqrt(-portable_math.log(np.where(q < 0, p, 1 - p)))
    outer = np.where(tail <= 5, _ratio(tail - 1.6, _MIDDLE), _ratio(tail - 5, _FAR))
    return np.where(np.abs(q) <= 0.425, centre, np.where(q < 0, -outer, outer))
