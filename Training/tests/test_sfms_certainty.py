"""How sure an order of listeners is: draws of pairs, and figures that follow from sums."""

from types import SimpleNamespace

import numpy as np
import pytest

from mien_training.metrics import listening as metrics
from mien_training.sfms import certainty


def test_a_draw_takes_as_many_pairs_and_conversations_with_both_sides():
    talks = [SimpleNamespace(pair=pair) for pair in "aabbbc"]
    drawn = certainty.draws(talks, 200)
    assert (drawn[:, ::2] == drawn[:, 1::2]).all()
    a, b, c = drawn[:, 0:4:2].sum(1), drawn[:, 4:10:2].sum(1), drawn[:, 10]
    assert ((a / 2 + b / 3 + c) == 3).all()
    assert (a == 0).any() and (a == 6).any()
    assert (certainty.draws(talks, 200) == drawn).all()


def run(made: np.ndarray, real: np.ndarray, index) -> certainty.Run:
    return certainty.Run(made, real, real[..., :1], [made[..., 0], real[..., 0], real[..., 0]], index)


def test_sequences_drawn_twice_count_twice():
    random = np.random.default_rng(3)
    real = random.normal(size=(3, 50, 2))
    made = real * [[[1.5, 0.5]], [[1, 1]], [[2, 1]]] + 0.3
    index = metrics.ShannonIndex(real, 4)
    found, weights = run(made, real, index), np.array([1.0, 0, 2])
    m, r = made[[0, 2, 2]], real[[0, 2, 2]]
    assert found.off("fd_pooled", weights) == pytest.approx(metrics.fd(m, r))
    assert found.off("paired_fd_pooled", weights) == pytest.approx(metrics.paired_fd(m, r, r[..., :1]))
    assert found.off("fd", weights) == pytest.approx(np.mean([metrics.fd(a[None], b[None]) for a, b in zip(m, r)]))
    assert found.off("variance", weights) == pytest.approx(metrics.variance(m) - metrics.variance(r))
    assert found.off("si", weights) == pytest.approx(index.each(m) - index.each(r))
    assert found.off("si_pooled", weights) == pytest.approx(index(m) - index(r))
    assert found.off("rpcc", weights) == pytest.approx(metrics.rpcc(m[..., 0], r[..., 0], r[..., 0]))


def test_who_is_nearer_is_counted_over_draws():
    # Variances of a frame's only channel: real 1 and 1; one listener 4 and 1, another 1 and 9.
    real = np.array([[[1.0], [-1.0]], [[1.0], [-1.0]]])
    index = metrics.ShannonIndex(np.array([[[0.0], [1.0], [0.0], [1.0]]]), 2)
    one, other = run(real * [[[2]], [[1]]], real, index), run(real * [[[1]], [[3]]], real, index)
    # Off by 3 beside 0, by 0 beside 8, by 1.5 beside 4.
    drawn = np.array([[2.0, 0.0], [0.0, 2.0], [1.0, 1.0]])
    assert certainty.share_nearer([one], [other], "variance", drawn) == pytest.approx(2 / 3)
