"""Elementary functions in double precision, step for step those of ``FaceKit.PortableMath``.

Only +, -, *, / and bit operations, so that every machine gives the same bytes.
"""

from __future__ import annotations

import numpy as np

_LN2_HIGH = float.fromhex("0x1.62e42feep-1")
_LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")


def _horner(z: np.ndarray, coefficients: tuple[float, ...]) -> np.ndarray:
    p = np.full_like(z, coefficients[0])
    for c in coefficients[1:]:
        p = p * z + c
    return p


def log(x: np.ndarray) -> np.ndarray:
    """Natural logarithm of positive normal numbers."""
    x = np.asarray(x, dtype=np.float64)
    bits = x.view(np.uint64)
    exponent = ((bits >> np.uint64(52)) & np.uint64(0x7FF)).astype(np.int64) - 1023
    mantissa = ((bits & np.uint64(0x000FFFFFFFFFFFFF)) | np.uint64(0x3FF0000000000000)).view(np.float64)
    large = mantissa > 1.4142135623730951
    mantissa = np.where(large, mantissa * 0.5, mantissa)
    k = (exponent + large).astype(np.float64)
    f = mantissa - 1
    s = f / (2 + f)
    z = s * s
    p = _horner(
        z,
        (
            1.479819860511658591e-1,
            1.531383769920937332e-1,
            1.818357216161805012e-1,
            2.222219843214978396e-1,
            2.857142874366239149e-1,
            3.999999999940941908e-1,
            6.666666666666735130e-1,
        ),
    )
    half = 0.5 * f * f
    tail = s * (half + p * z)
    return k * _LN2_HIGH - ((half - (tail + k * _LN2_LOW)) - f)


def exp(x: np.ndarray) -> np.ndarray:
    """Exponential of numbers between -700 and 700."""
    x = np.asarray(x, dtype=np.float64)
    n = (x * 1.4426950408889634 + float.fromhex("0x1.8p52")) - float.fromhex("0x1.8p52")
    high = x - n * _LN2_HIGH
    low = n * _LN2_LOW
    r = high - low
    z = r * r
    p = _horner(
        z,
        (
            4.13813679705723846039e-8,
            -1.65339022054652515390e-6,
            6.61375632143793436117e-5,
            -2.77777777770155933842e-3,
            1.66666666666666019037e-1,
        ),
    )
    c = r - z * p
    y = 1 - ((low - (r * c) / (2 - c)) - high)
    return y * ((n.astype(np.int64) + 1023).astype(np.uint64) << np.uint64(52)).view(np.float64)


def sin(x: np.ndarray) -> np.ndarray:
    """Sine of angles in radians, |x| <= 1e6."""
    return _quarter(x, 0)


def cos(x: np.ndarray) -> np.ndarray:
    """Cosine of angles in radians, |x| <= 1e6."""
    return _quarter(x, 1)


def _quarter(x: np.ndarray, shift: int) -> np.ndarray:
    x = np.asarray(x, dtype=np.float64)
    n = (x * 0.6366197723675814 + float.fromhex("0x1.8p52")) - float.fromhex("0x1.8p52")
    r = x - n * float.fromhex("0x1.921fb544p0")
    r = r - n * float.fromhex("0x1.0b4611a6p-34")
    r = r - n * float.fromhex("0x1.3198a2e037073p-69")
    z = r * r
    sine = r + (r * z) * _horner(
        z,
        (
            1.58969099521155010221e-10,
            -2.50507602534068634195e-8,
            2.75573137070700676789e-6,
            -1.98412698298579493134e-4,
            8.33333333332248946124e-3,
            -1.66666666666666324348e-1,
        ),
    )
    cosine = 1 - (
        0.5 * z
        - (z * z)
        * _horner(
            z,
            (
                -1.13596475577881948265e-11,
                2.08757232129817482790e-9,
                -2.75573143513906633035e-7,
                2.48015872894767294178e-5,
                -1.38888888888741095749e-3,
                4.16666666666666019037e-2,
            ),
        )
    )
    quadrant = (n.astype(np.int64) + shift) & 3
    return np.select([quadrant == 0, quadrant == 1, quadrant == 2], [sine, cosine, -sine], -cosine)
