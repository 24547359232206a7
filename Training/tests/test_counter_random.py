"""Counter-based random numbers and the mathematics under them, beside published values, NumPy and SciPy."""

import numpy as np
import pytest
from scipy.stats import norm

from mien_training import portable_math
from mien_training.counter_random import CounterRandom, normal_quantile, philox
from mien_training.random_weights import fnv1a, random_weights


@pytest.mark.parametrize(
    "counter, key, expected",
    [  # Random123, kat_vectors, philox4x32-10
        ([0] * 4, (0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ([0xFFFFFFFF] * 4, (0xFFFFFFFF, 0xFFFFFFFF), "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        ([0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344], (0xA4093822, 0x299F31D0),
         "d16cfe09 94fdcceb 5001e420 24126ea1"),
    ],
)  # fmt: skip
def test_philox_gives_the_published_vectors(counter, key, expected):
    found = philox(np.array([counter], dtype=np.uint32), key)[0]
    assert " ".join(f"{word:08x}" for word in found) == expected


def test_a_draw_does_not_depend_on_the_others():
    random = CounterRandom(5, "suhmo", 1)
    assert random.normal(2, np.arange(50))[37] == random.normal(2, 37)[0]


def test_normal_quantiles_are_scipys():
    p = np.concatenate([np.linspace(1e-6, 1 - 1e-6, 5001), 10.0 ** -np.arange(2, 11)])
    assert np.abs(normal_quantile(p) - norm.ppf(p)).max() < 1e-9
    assert np.abs(normal_quantile(p[p < 0.4]) / norm.ppf(p[p < 0.4]) - 1).max() < 4e-15


def test_elementary_functions_are_numpys():
    x = np.linspace(-600, 600, 4001)
    assert np.abs(portable_math.exp(x) / np.exp(x) - 1).max() < 5e-16
    assert np.abs(portable_math.sin(x) - np.sin(x)).max() < 3e-16
    assert np.abs(portable_math.cos(x) - np.cos(x)).max() < 3e-16
    y = np.exp(x / 3)
    assert np.abs(portable_math.log(y) - np.log(y)).max() < 5e-14


def test_fnv1a_gives_the_published_hashes():
    assert fnv1a("") == 0x811C9DC5
    assert fnv1a("a") == 0xE40C292C
    assert fnv1a("foobar") == 0xBF9CF968


def test_random_weights_stay_within_their_bound():
    weights = random_weights("layer.weight", (40, 25), 3)
    assert weights.dtype == np.float32 and np.abs(weights).max() <= 0.2
    assert np.abs(random_weights("norm.weight", (16,), 3) - 1).max() <= 0.25
