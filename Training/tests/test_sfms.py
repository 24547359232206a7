"""The SFMS pieces: quantiser, relaxed top-k, interpolation, stream."""

from __future__ import annotations

import numpy as np
import torch

from mien_training import sampling
from mien_training.sfms import golden
from mien_training.sfms.fsq import FSQ
from mien_training.sfms.soft_dtw import soft_dtw
from mien_training.sfms.stream import Sampling, Stream, draw
from mien_training.sfms.topk import line_keyframes, relaxed_top_k


def test_the_soft_mask_sums_to_k():
    scores = torch.log_softmax(torch.randn(4, 5, 48, generator=torch.Generator().manual_seed(1)), -1)
    for tau in (2.0, 0.4):
        soft, hard = relaxed_top_k(scores, 10, tau, torch.full(scores.shape, 0.3))
        assert torch.allclose(soft.sum(-1), torch.full((4, 5), 10.0), atol=1e-4)
        assert (hard.sum(-1) == 10).all()


def test_without_noise_the_choice_is_the_k_largest():
    scores = torch.tensor([[0.1, 3.0, -1.0, 2.0, 0.5]])
    assert relaxed_top_k(scores, 2, 0.5)[1].tolist() == [[0, 1, 0, 1, 0]]


def test_the_gradient_reaches_the_scores_through_the_soft_mask():
    scores = torch.zeros(1, 6, requires_grad=True)
    soft, _ = relaxed_top_k(scores, 2, 1.0)
    soft[0, 0].backward()
    assert scores.grad[0, 0] > 0 > scores.grad[0, 1]


def test_every_code_survives_a_round_trip():
    fsq = FSQ([8, 6, 5])
    codes = torch.arange(240)
    assert (fsq.index(fsq.value(codes)) == codes).all()


def test_a_code_is_the_mixed_radix_index_of_its_levels():
    fsq = FSQ([8, 6, 5])
    assert fsq.index(torch.tensor([-1.0, -1.0, -1.0])) == 0
    assert fsq.index(torch.tensor([0.75, 2 / 3, 1.0])) == 7 + 8 * 5 + 48 * 4


def test_lines_break_where_the_motion_does():
    t = torch.arange(48.0)
    frames = torch.where(t < 20, 0.0, torch.where(t < 30, t - 20, 10.0))[None, :, None]
    kept = line_keyframes(frames, 4)[0].nonzero().flatten().tolist()
    assert any(abs(k - 20) <= 2 for k in kept) and any(abs(k - 29) <= 2 for k in kept)


def test_a_peak_that_is_early_warps_onto_the_later_one():
    early, late = torch.tensor([[0.0, 1.0, 0.0, 0.0]]), torch.tensor([[0.0, 0.0, 1.0, 0.0]])
    assert soft_dtw(early, late, 0.01) < 0.05
    assert soft_dtw(early, torch.zeros(1, 4), 0.01) > 0.9


def test_many_draws_at_once_are_the_single_ones():
    random = np.random.default_rng(0)
    logits = random.normal(size=(6, 5, 241)).astype(np.float32) * 2
    uniform = random.random((6, 5)).astype(np.float32)
    found = draw(torch.from_numpy(logits), uniform, Sampling(0.8, 0.9, 0.8, 0.9))
    for n in range(6):
        for g in range(5):
            assert found[n, g] == sampling.sample(logits[n, g], uniform[n, g], 0.8, 0.9)


def test_what_one_stream_draws_does_not_depend_on_the_others():
    torch.set_grad_enabled(False)
    tokeniser, predictor = golden.models("small")
    both, alone = (Stream(tokeniser, predictor, seeds, Sampling()) for seeds in ([3, 4], [4]))
    sensed, present = golden.person(24, np.random.default_rng(1))
    for s, p in zip(sensed, present):
        pair = both.next(np.stack([s, s]), np.stack([p, p]))
        assert np.allclose(pair[1], alone.next(s[None], p[None])[0], atol=1e-5)
    torch.set_grad_enabled(True)
