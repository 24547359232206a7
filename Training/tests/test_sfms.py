"""The SFMS pieces: quantiser, relaxed top-k, interpolation, stream."""

from __future__ import annotations

import sys
from itertools import combinations

import numpy as np
import pytest
import torch
from safetensors import safe_open
from scipy.signal import lfilter

from mien_training import sampling
from mien_training.run import checkpoint
from mien_training.sfms import calibrate, calibration, export, followed, gain, golden, study, train
from mien_training.sfms.channels import CHEEK, SCHEMES, SMILE
from mien_training.sfms.config import LISTENER, load, read
from mien_training.sfms.evaluate import listen
from mien_training.sfms.export import predictor_metadata
from mien_training.sfms.fsq import FSQ
from mien_training.sfms.keyframes import best_path, best_picks, relaxed_path, relaxed_picks, scaled_costs
from mien_training.sfms.mimicry import Mimicry
from mien_training.sfms.oracle import best_keyframes, even_keyframes, line_error, segment_costs
from mien_training.sfms.soft_dtw import soft_dtw
from mien_training.sfms.stream import Sampling, Stream, draw
from mien_training.sfms.tokeniser import GroupQuantiser, allocate


ALONE = torch.ones(1)  # a pick that discourages nothing but itself: the paper's relaxed top-k


def windows(count: int = 6, steps: int = 12, channels: int = 2) -> torch.Tensor:
    return torch.randn(count, steps, channels, generator=torch.Generator().manual_seed(2)).cumsum(1)


def test_the_soft_mask_sums_to_k():
    scores = torch.log_softmax(torch.randn(4, 5, 48, generator=torch.Generator().manual_seed(1)), -1)
    for tau in (2.0, 0.4):
        assert torch.allclose(relaxed_picks(scores, 10, tau, ALONE).sum(-1), torch.full((4, 5), 10.0), atol=1e-4)


def test_without_noise_the_choice_is_the_k_largest():
    scores = torch.tensor([[0.1, 3.0, -1.0, 2.0, 0.5]])
    assert best_picks(scores, 2, ALONE).tolist() == [[0, 1, 0, 1, 0]]


def test_a_pick_that_discourages_its_neighbours_goes_further_away():
    scores = torch.tensor([[0.0, 3.0, 2.9, 2.0, 0.5]])
    assert best_picks(scores, 2, torch.tensor([0.9, 1.0, 0.9])).tolist() == [[0, 1, 0, 1, 0]]


def test_the_gradient_reaches_the_scores_through_the_soft_mask():
    scores = torch.zeros(1, 6, requires_grad=True)
    relaxed_picks(scores, 2, 1.0, ALONE)[0, 0].backward()
    assert scores.grad[0, 0] > 0 > scores.grad[0, 1]


def test_exact_keyframes_lose_as_little_as_the_best_of_all_sets():
    x = windows(3, 8)
    found = best_keyframes(x, 3)[2]
    for n in range(len(x)):
        sets = [torch.zeros(8, dtype=torch.bool).index_fill(0, torch.tensor(s), True) for s in combinations(range(8), 3)]
        least = min(float(line_error(x[n : n + 1], s[None])) for s in sets)
        assert abs(float(line_error(x[n : n + 1], found[n : n + 1])) - least) < 1e-4


def test_coded_keyframes_lose_as_little_as_the_best_of_all_sets():
    x = windows(3, 8)
    knots = x.mul(2).round().div(2)
    found = best_keyframes(x, 3, knots)[2]
    assert not torch.equal(found, best_keyframes(x, 3)[2])
    for n in range(len(x)):
        sets = [torch.zeros(8, dtype=torch.bool).index_fill(0, torch.tensor(s), True) for s in combinations(range(8), 3)]
        lost = lambda mask: float(line_error(x[n : n + 1], mask[None], knots[n : n + 1]))  # noqa: E731
        assert abs(lost(found[n]) - min(map(lost, sets))) < 1e-4


def test_a_line_through_three_keyframes_costs_what_its_parts_do():
    x = windows()
    mask = torch.zeros(6, 12, dtype=torch.bool)
    mask[:, [2, 5, 9]] = True
    cost, head, tail = segment_costs(x)
    assert torch.allclose(line_error(x.double(), mask), head[:, 2] + cost[:, 2, 5] + cost[:, 5, 9] + tail[:, 9])


def test_the_relaxed_sets_sum_to_k_and_sharpen_to_the_best_set():
    x = windows()
    costs, scores = scaled_costs(x), torch.zeros(6, 12)
    assert torch.allclose(relaxed_path(scores, costs, 4, 1.0).sum(-1), torch.full((6,), 4.0), atol=1e-4)
    assert torch.allclose(relaxed_path(scores, costs, 4, 1e-3), best_path(scores, costs, 4), atol=1e-2)
    assert (best_path(scores, costs, 4).bool() == best_keyframes(x, 4)[3]).all()


def test_even_keyframes_hold_both_ends():
    assert even_keyframes(48, 3).nonzero().flatten().tolist() == [0, 24, 47]  # 23.5 rounds to even


def test_fine_codes_get_levels_by_how_far_their_components_reach():
    frames = torch.zeros(4000, 58)
    frames[:, 0] = torch.linspace(-1, 1, 4000)
    levels = allocate(frames, [[0, 1, 2, 3, 4, 5, 6]], 0.1)
    assert levels == [[21]]  # ±1 in steps of 0.1


def test_the_fitted_mimic_finds_delay_and_gain():
    random = np.random.default_rng(3)
    known = np.zeros((4, 600, 58), np.float32)
    known[..., SMILE] = random.normal(size=(4, 600, 1)) * 0.05 + 0.4
    partners = np.full((4, 600, 58), 0.2, np.float32)
    partners[:, 7:, SMILE] += 0.5 * (known[:, :-7, SMILE] - 0.4)
    found = Mimicry(known, partners)
    assert found.delay == 7
    assert abs(found.gain[SMILE[0]] - 0.5) < 0.05


def test_the_fitted_mimics_cheeks_have_a_delay_of_their_own():
    random = np.random.default_rng(4)
    known = np.zeros((4, 600, 58), np.float32)
    known[..., SMILE] = random.normal(size=(4, 600, 1)) * 0.05 + 0.4
    known[..., CHEEK] = random.normal(size=(4, 600, 1)) * 0.05 + 0.4
    partners = np.full((4, 600, 58), 0.2, np.float32)
    partners[:, 7:, SMILE] = known[:, :-7, SMILE]
    partners[:, 21:, CHEEK] = known[:, :-21, CHEEK]
    found = Mimicry(known, partners)
    assert list(found.delays[SMILE + CHEEK]) == [7, 7, 21, 21]
    off = np.abs(found.fitted(known, 0) - partners)[:, 21:, SMILE + CHEEK]
    assert off.mean() < 0.03  # another delay's copy is 0.06 off


def test_the_fitted_mimics_noise_is_as_wide_and_as_slow_as_real_partners():
    random = np.random.default_rng(6)
    partners = np.full((8, 3000, 58), 0.5, np.float32)
    noise = random.normal(size=(8, 3000))
    for frame in range(1, 3000):
        noise[:, frame] = 0.95 * noise[:, frame - 1] + np.sqrt(1 - 0.95**2) * noise[:, frame]
    partners[..., SMILE] += 0.1 * noise[..., None]
    known = np.zeros_like(partners)
    found = Mimicry(known, partners)
    for is_paced, kept in ((False, 0), (True, 0.95)):
        made = found.fitted(known, 1, is_paced)[..., SMILE[0]] - 0.5
        assert made.std() == pytest.approx(0.1, abs=0.01)
        assert (made[:, 1:] * made[:, :-1]).mean() / made.var() == pytest.approx(kept, abs=0.02)


@pytest.mark.parametrize("is_paced", [False, True])
def test_the_fitted_mimics_noise_is_shared_as_real_partners_share_it(is_paced: bool):
    random = np.random.default_rng(7)
    partners = np.full((8, 3000, 58), 0.5, np.float32)
    smile, own = random.normal(size=(2, 8, 3000, 1))
    partners[..., SMILE] += 0.1 * smile
    partners[..., CHEEK] += 0.1 * (0.6 * smile + 0.8 * own)
    known = np.zeros_like(partners)
    found = Mimicry(known, partners)

    def shared(made: np.ndarray, *channels: int) -> float:
        return float(np.corrcoef(*(made[..., channel].ravel() for channel in channels))[0, 1])

    made = found.fitted(known, 1, is_paced)
    assert shared(made, SMILE[0], CHEEK[0]) == pytest.approx(0.6, abs=0.03)
    assert shared(made, *SMILE) == pytest.approx(1)


def test_every_code_survives_a_round_trip():
    fsq = FSQ([8, 6, 5])
    codes = torch.arange(240)
    assert (fsq.index(fsq.value(codes)) == codes).all()


def test_a_code_is_the_mixed_radix_index_of_its_levels():
    fsq = FSQ([8, 6, 5])
    assert fsq.index(torch.tensor([-1.0, -1.0, -1.0])) == 0
    assert fsq.index(torch.tensor([0.75, 2 / 3, 1.0])) == 7 + 8 * 5 + 48 * 4


def test_a_peak_that_is_early_warps_onto_the_later_one():
    early, late = torch.tensor([[0.0, 1.0, 0.0, 0.0]]), torch.tensor([[0.0, 0.0, 1.0, 0.0]])
    assert soft_dtw(early, late, 0.01) < 0.05
    assert soft_dtw(early, torch.zeros(1, 4), 0.01) > 0.9


def test_many_draws_at_once_are_the_single_ones():
    random = np.random.default_rng(0)
    logits = random.normal(size=(6, 5, 241)).astype(np.float32) * 2
    uniform = random.random((6, 5)).astype(np.float32)
    found = draw(torch.from_numpy(logits), uniform, Sampling(0.8, 0.9, 0.8, 0.9), SCHEMES["5"])
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


def test_a_line_leads_quantiles_to_quantiles():
    drawn = np.linspace(0, 1, 5001)
    x, y = calibration.knots(drawn, 3 * drawn + 1)
    assert (np.diff(x) > 0).all() and np.allclose(y, 3 * x + 1, atol=2e-3)
    made = calibration.lines(np.array([[0.5], [-9.0]]), x[None], y[None])
    assert abs(made[0, 0] - 2.5) < 2e-3 and made[1, 0] == y[0]


def test_many_frames_drawn_alike_show_the_mean_of_theirs():
    drawn = np.concatenate([np.zeros(5000), np.linspace(0.1, 1, 5000)])
    shown = np.linspace(0, 1, 10000)
    x, y = calibration.knots(drawn, shown)
    assert abs(y[0] - 0.25) < 0.03 and (np.diff(x) > 0).all()


def calibrated(share: float = 0.0, steady: float = 0.0) -> calibration.Calibration:
    found = calibration.Calibration()
    found.level.fill_(0.1)
    found.variance.fill_(0.04)
    found.share.fill_(share)
    found.steady.fill_(steady)
    return found


def test_the_running_mean_is_led_back_to_the_long_one():
    made = np.full((1, 3000, 58), 0.4, np.float32)
    out = calibrated(share=1).sequences(made)
    mean = 0.1 + 0.3 * (1 - (1 - 1 / 1500) ** 3000)
    assert abs(out[0, -1, 0] - (0.4 - mean)) < 1e-4


def test_the_running_deviation_is_led_back_to_the_long_one():
    made = np.full((1, 3000, 58), 0.5, np.float32)  # 0.4 off its mean, where 0.2 is usual
    variance = 0.16 + (0.04 - 0.16) * (1 - 1 / 1500) ** 3000
    gain = (0.04 / variance) ** 0.5
    for steady in (1, 0.5):
        out = calibrated(steady=steady).sequences(made)
        assert abs(out[0, -1, 0] - 0.4 * (1 + steady * (gain - 1))) < 1e-4


def test_channels_are_mixed_about_their_means():
    found = calibrated()
    mix = np.eye(58, dtype=np.float32)
    mix[0, 1] = 0.5
    found.mix.copy_(torch.from_numpy(mix.flatten()))
    off = np.zeros((1, 58), np.float32)
    off[0, :2] = [0.2, 0.4]
    assert np.allclose(found.mixed(off)[0, :3], [0.1 + 0.2 + 0.2, 0.1 + 0.4, 0.1])


def test_transport_leads_one_covariance_to_another_and_turns_nothing():
    a, b = np.array([[4.0, 0], [0, 1]]), np.array([[1.0, 0], [0, 9]])
    assert np.allclose(calibration.transport(a, b), [[0.5, 0], [0, 3]])
    a, b = np.array([[2.0, 0.6], [0.6, 1]]), np.array([[1.0, -0.3], [-0.3, 3]])
    found = calibration.transport(a, b)
    assert np.allclose(found @ a @ found.T, b) and np.allclose(found, found.T)


def test_a_calibration_of_version_1_is_read_and_neither_steadies_nor_mixes():
    old = {name: value for name, value in calibrated(share=1).state_dict().items() if name not in ("variance", "steady", "mix")}
    found = calibrated(steady=1)
    found.load_state_dict(old)
    assert (found.share == 1).all() and (found.steady == 0).all()
    assert torch.equal(found.mix, torch.eye(58).flatten())


def test_a_predictor_without_a_calibration_is_exported_without_one():
    fitted = calibration.Calibration()
    fitted.drawn += 1
    plain, fitted = (predictor_metadata(load(None), 240, own) for own in (calibration.Calibration(), fitted))
    own = {"calibration_rate", "calibration_rest_rate", "calibration_tempers", "calibration_version"}
    assert not own & plain.keys() and set(fitted) - set(plain) == own


def test_a_plain_listener_is_exported_without_response_and_calibration(tmp_path, monkeypatch):
    tokeniser, predictor = golden.models("small")
    predictor.calibration.drawn += 1
    monkeypatch.setattr(export, "load_tokeniser", lambda config: tokeniser)
    monkeypatch.setattr(export, "load_predictor", lambda config, tokeniser: predictor)
    for plain in ([], ["--plain"]):
        monkeypatch.setattr(sys, "argv", ["export", "--models", str(export.filled(tmp_path / "models")), *plain])
        export.main()
        with safe_open(tmp_path / "models" / "sfms-predictor.safetensors", "pt") as file:
            told = file.metadata()
        assert ("calibration_rate" in told) == (not plain) and (float(told["response_gain"]) == 0) == bool(plain)
    assert (tmp_path / "models" / "face-basis.safetensors").exists()  # all that `mien` reads lies there


def test_what_is_not_finite_of_a_speaker_was_not_sensed():
    tokeniser, predictor = golden.models("small")
    speakers = np.random.default_rng(2).uniform(0, 1, (1, 12, 4)).astype(np.float32)
    speakers[..., 3] = np.nan  # a set without gaze
    sampling = Sampling(0.9, 0.95, 0.8, 0.97, 10.0, 1.0)
    stream = Stream(tokeniser, predictor, [1000], sampling)
    sees = np.array([[1, 1, 1, 0]], np.float32)
    known = np.nan_to_num(speakers)
    expected = np.stack([stream.next(known[:, t], sees) for t in range(12)], 1)
    assert (listen(tokeniser, predictor, speakers, sampling, 1) == expected).all()


def test_sequences_are_steadied_at_once_as_frame_by_frame():
    found = calibrated(share=0.7, steady=0.6)
    found.rate, found.rest = 0.01, 0.02
    drawn = np.random.default_rng(1).normal(0.1, 0.2, (2, 50, 58)).astype(np.float32)
    found.smoothing.copy_(torch.linspace(0.1, 1, 58))
    running = found.begin(2)
    each = np.stack([found.steadied(drawn[:, t], running) for t in range(50)], 1)
    assert np.allclose(found.sequences(drawn), each, atol=1e-6)


def shown_of(found: calibration.Calibration, made: np.ndarray) -> np.ndarray:
    """Sequences (N, T, 58) as a calibration without tempers shows them, frame by frame."""
    running = found.begin(len(made))
    return np.stack([found(made[:, t], running) for t in range(made.shape[1])], 1)


def test_a_channel_passes_two_filters_that_begin_at_its_long_mean():
    found = calibrated()
    found.smoothing[17] = 0.5
    out = found.sequences(np.full((1, 2, 58), 0.3, np.float32))  # 0.2 above the mean; 0.1 and 0.15 after the first filter
    assert np.allclose(out[0, :, 17], [0.05, 0.1]) and np.allclose(out[0, :, 0], 0.2)


def test_a_listener_moves_as_quickly_as_real_ones_do():
    random = np.random.default_rng(7)
    white = random.normal(size=(2, 3000, 58)).astype(np.float32)
    slow = lfilter([0.3], [1, -0.7], random.normal(size=(2, 3000, 58)), axis=1).astype(np.float32)
    found = calibrate.fit(white, slow, calibrate.Choice(tempers=False, within=True))
    shown = shown_of(found, white)
    steps = lambda x: np.sqrt((np.diff(x, axis=1) ** 2).mean((0, 1))) / x.std((0, 1))  # noqa: E731
    assert (steps(white) / steps(slow) > 1.5).all() and np.allclose(steps(shown) / steps(slow), 1, atol=0.08)
    # What is slow already is not smoothed, for nothing makes it quicker.
    assert (calibrate.fit(slow, white, calibrate.Choice(tempers=False)).smoothing == 1).all()


def test_a_temper_has_everyones_mean_and_deviation():
    weight = np.diff(np.concatenate([[0], (calibration.QUANTILES[1:] + calibration.QUANTILES[:-1]) / 2, [1]]))
    for shape in (calibration.QUANTILES**6, calibration.QUANTILES, 1 - (1 - calibration.QUANTILES) ** 3):
        found = calibration.tempered(shape, 0.2, 0.13)
        assert abs(weight @ found - 0.2) < 1e-4 and abs(weight @ found**2 - 0.04 - 0.13**2) < 1e-4
        assert (np.diff(found) >= 0).all() and found[0] >= 0 and found[-1] <= 1


def test_the_sparest_tempers_are_those_that_visit_the_fewest_places_whatever_their_spread():
    random, count = np.random.default_rng(8), 2000
    rests, wanders, halves = (np.zeros((count, 58), np.float32) for _ in range(3))
    rests[random.random(count) < 0.05] = 0.9  # two places, one of them seldom
    halves[::2] = 0.01  # two places, as often
    wanders[:] = random.random((count, 1))
    sessions = np.stack([wanders, halves, rests])
    sparest = lambda share: calibrate.sparest(sessions, share)  # noqa: E731
    assert (sparest(0.34) == sessions[[2]]).all() and (sparest(0.67) == sessions[[1, 2]]).all() and (sparest(1.0) == sessions).all()
    assert (sparest(0.01) == sessions[[2]]).all()  # one is left


def test_the_score_is_of_each_sequence():
    row = {"fd": 0.2, "paired_fd": 0.3, "variance": 0.02 * np.e, "si": 2.5, "rpcc": 0.04, "fd_pooled": 9.0, "si_pooled": 9.0}
    real, mimicry = {"variance": 0.02, "si": 2.0}, {"fd": 0.4, "paired_fd": 0.3}
    other = {key: value for key, value in row.items() if key != "rpcc"} | {"variance": 0.02}
    found = calibrate.score({"measured": row, "rotation": other}, *({kind: own for kind in ("measured", "rotation")} for own in (real, mimicry)))
    assert found == pytest.approx(((0.75 + 1 + 0.5 + 0.04) + (0.75 + 0.5)) / 2)


def test_a_listener_smiles_along_the_line_of_its_temper():
    knots = np.arange(calibration.KNOTS, dtype=np.float32) / 100
    found = calibration.Calibration()
    found.drawn.copy_(torch.from_numpy(np.tile(knots, 58)))
    found.shown.copy_(found.drawn)
    lines = np.stack([[n * knots, (n + 3) * knots] for n in (1, 2, 3)])
    found.tempers = torch.from_numpy(lines.astype(np.float32).flatten())
    seeds = [5, 1, 0]  # uniform numbers of stream 1: 0.0761, 0.3837, 0.7241
    out = found(np.full((3, 58), 0.02, np.float32), found.begin(3), found.pick(seeds))
    assert np.allclose(out[:, calibration.SMILE].T, [0.02, 0.04, 0.06])
    assert np.allclose(out[:, calibration.CHEEK].T, [0.08, 0.10, 0.12])
    assert np.allclose(out[:, 0], 0.02)


def test_a_calibration_of_version_3_is_read_and_smooths_nothing():
    old = {name: value for name, value in calibrated().state_dict().items() if name != "smoothing"}
    found = calibrated()
    found.smoothing.fill_(0.5)
    found.load_state_dict(old)
    assert (found.smoothing == 1).all()


def test_an_older_calibration_has_no_tempers():
    old = {name: value for name, value in calibrated().state_dict().items() if name != "tempers"}
    found = calibrated()
    found.tempers = torch.ones(2 * 2 * calibration.KNOTS)
    found.load_state_dict(old)
    assert found.pick([1, 2]) is None


def test_what_the_network_ties_to_one_side_is_taken_apart():
    random = np.random.default_rng(3)
    made, real = random.normal(size=(2, 3, 4000, 58))
    made[..., 53] += 0.5 * made[..., 52]  # it nods whenever it turns left; people do so to either side
    mix = calibrate.mixture(made, real)
    mixed = calibrate.within(made @ mix.T)
    assert abs(mixed[52, 53]) / np.sqrt(mixed[52, 52] * mixed[53, 53]) < 0.03


def test_a_listener_has_the_spread_of_one_session_where_that_is_chosen():
    jaw, head = 17, 56  # neither has a left and a right
    made, real = np.random.default_rng(1).normal(size=(2, 2, 6000, 58)).astype(np.float32)
    real[..., jaw] += np.array([[-1], [1]])  # within a session 1, over both √2
    assert np.allclose(calibrate.within_sessions(real)[[jaw, head]], [0.5**0.5, 1], atol=0.02)
    for chosen, deviation in ((True, 1), (False, 2**0.5)):
        found = calibrate.fit(made, real, calibrate.Choice(tempers=False, within=chosen))
        shown = shown_of(found, made)
        assert abs(shown[..., jaw].std() - deviation) < 0.03 and abs(shown[..., head].std() - 1) < 0.03


def test_a_listener_whose_spread_follows_within_conversations_is_found():
    size = np.repeat([[1.0, 2, 3], [3, 1, 2], [2, 3, 1], [1, 3, 2]], 200, 1)
    listener, speaker = np.random.default_rng(0).normal(size=(2, 4, 600)) * size
    found = followed.correlations(listener, speaker, np.array(["a", "a", "b", "b"]))
    assert found["deviation within"][0] > 0.95 and found["deviation within"][1] > 0.9


def test_the_gain_leads_to_what_real_partners_share():
    # r 0.6 is a response of 0.75 deviations beside motion of one's own, r 0.8 one of 4 / 3
    assert gain.fitted(9.0, 0.6, 0.8) == pytest.approx(16.0)
    assert gain.fitted(9.0, 0.25, 0.26) == 9.0  # near enough
    assert gain.fitted(9.0, -0.1, 0.3) == 9.0  # no response to be scaled
    assert gain.fitted(9.0, 0.3, -0.2) == 0.0


def test_every_step_of_training_is_given_the_configuration(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MIEN_WORK", str(tmp_path))
    ran = []
    monkeypatch.setattr(train.subprocess, "run", lambda command, check: ran.append(command[2:]))
    own = tmp_path / "own.yaml"
    monkeypatch.setattr(sys, "argv", ["train", "--config", str(own)])
    with pytest.raises(SystemExit) as refused:
        train.main()
    assert refused.value.code == 2 and "own.yaml is not there" in capsys.readouterr().err and not ran
    own.touch()
    train.main()
    steps = [step for step in ran if step[0] != "mien_training.data.prepare"]
    given = lambda name, *rest: [f"mien_training.sfms.{name}", "--config", str(own), *rest]  # noqa: E731
    networks = [given(name, "--device", "cpu") for name in ("train_tokeniser", "train_predictor")]
    assert steps[:-1] == [*networks, given("calibrate"), given("gain")]
    beside = ["--models", str(tmp_path / "models"), "--weights-only"]
    assert steps[-1] == ["mien_training.sfms.export", "--config", str(tmp_path / "listener.yaml"), "--half", *beside]
    before = len(ran)
    monkeypatch.setattr(sys, "argv", ["train", "--help"])
    with pytest.raises(SystemExit):
        train.main()
    assert len(ran) == before  # help trains nothing
    monkeypatch.setattr(sys, "argv", ["train", "--processes", "2", "--device", "cuda"])
    train.main()
    together = [step for step in ran[before:] if step[0] == "torch.distributed.run"]
    assert [step[4:] for step in together] == [["-m", f"mien_training.{name}", "--device", "cuda"] for name in train.TRAINED]
    assert all(step[:4] == ["torch.distributed.run", "--standalone", "--nproc-per-node", "2"] for step in together)
    before = len(ran)
    monkeypatch.setattr(sys, "argv", ["train", "--afresh"])
    train.main()
    again = [step for step in ran[before:] if "--afresh" in step]
    assert again == [[f"mien_training.{name}", "--device", "cpu", "--afresh"] for name in train.TRAINED]  # and no other step is told
    monkeypatch.setattr(sys, "argv", ["train", "--processes", "0"])
    with pytest.raises(SystemExit):
        train.main()
    assert "--processes is 0, expected at least 1" in capsys.readouterr().err


def test_only_the_written_run_writes_to_models(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MIEN_WORK", str(tmp_path / "work"))
    monkeypatch.delenv("MIEN_FOLD", raising=False)
    ran = []
    monkeypatch.setattr(train.subprocess, "run", lambda command, check: ran.append(command[2:]))

    def export_of(*arguments: str) -> list[str]:
        monkeypatch.setattr(sys, "argv", ["train", *arguments])
        train.main()
        return ran[-1][4:]

    copy, other = tmp_path / "copy.yaml", tmp_path / "other.yaml"
    copy.write_text(LISTENER.read_text())
    other.write_text(LISTENER.read_text().replace("data: recordings", "data: react2024:/data/REACT2024"))
    for written in ([], ["--config", str(copy)], ["--seed", "11"], ["--device", "cuda", "--processes", "2"]):
        assert export_of(*written) == []
    assert export_of("--models", str(train.MODELS)) == [] and not (tmp_path / "work/models").exists()
    capsys.readouterr()
    beside = ["--models", str(tmp_path / "work/models"), "--weights-only"]
    for unlike in (["--config", str(other)], ["--config", str(LISTENER.with_name("full.yaml"))], ["--seed", "12"]):
        assert export_of(*unlike) == beside
        assert f"the weights go to {tmp_path / 'work/models'}: the run is not that of sfms.yaml" in capsys.readouterr().out
    assert (tmp_path / "work/models/face-basis.safetensors").exists()  # what mien reads beside a listener
    assert not (tmp_path / "work/models" / export.PREDICTOR).exists()
    before = len(ran)
    export_of("--config", str(other))
    assert not any("mien_training.data.prepare" in step for step in ran[before:])  # another's data needs no recordings
    assert export_of("--models", str(tmp_path / "own")) == ["--models", str(tmp_path / "own")]
    assert export_of("--seed", "12", "--models", str(train.MODELS)) == ["--weights-only"]  # asked for; its evaluation stays
    monkeypatch.setenv("MIEN_FOLD", "2")
    assert export_of() == beside


def test_a_step_that_fails_ends_the_training(tmp_path, monkeypatch):
    monkeypatch.setenv("MIEN_WORK", str(tmp_path))

    def fail(command, check):
        raise train.subprocess.CalledProcessError(3, command)

    monkeypatch.setattr(train.subprocess, "run", fail)
    monkeypatch.setattr(sys, "argv", ["train"])
    with pytest.raises(SystemExit) as stopped:
        train.main()
    assert stopped.value.code == 3


def test_a_key_that_is_not_known_is_refused(tmp_path):
    for name in ("sfms.yaml", "full.yaml", "study.yaml"):
        assert read(LISTENER.with_name(name))["data"] == "recordings"
    own = tmp_path / "own.yaml"
    for text, said in (
        ("tokenizer: {steps: 3}", "own.yaml: unknown key tokenizer"),
        ("predictor: {audio: {feature: 3}}", "own.yaml: unknown key predictor.audio.feature"),
        ("tokeniser: 5", "own.yaml: tokeniser is 5, expected entries of its own"),
        ("seed: {a: 5}", "own.yaml: seed is {'a': 5}, expected a value"),
        ("seed: [", "own.yaml: while parsing"),
        ("- seed", "own.yaml: expected entries as in sfms.yaml, found list"),
    ):
        own.write_text(text)
        with pytest.raises(ValueError, match=said):
            load(own)
    own.write_text("seed: 3")
    second = tmp_path / "second.yaml"
    second.write_text("extends: own.yaml\nwindow: 64")
    assert read(second) == {"data": "recordings", "seed": 3, "window": 64}


def test_help_and_a_wrong_row_measure_and_train_nothing(monkeypatch, capsys):
    monkeypatch.setattr(followed, "weights_of", lambda path: pytest.fail("measured"))
    monkeypatch.setattr(sys, "argv", ["followed", "--help"])
    with pytest.raises(SystemExit) as ended:
        followed.main()
    assert ended.value.code == 0 and "--output" in capsys.readouterr().out
    monkeypatch.setattr(study, "run", lambda *_: pytest.fail("trained"))
    monkeypatch.setattr(sys, "argv", ["study", "fine-dynamic", "vq-dens"])
    with pytest.raises(SystemExit) as ended:
        study.main()
    assert ended.value.code == 2 and "vq-dens is no row, expected one of fine-dynamic, " in capsys.readouterr().err


def test_draws_of_another_tokeniser_predictor_or_gain_are_not_taken(tmp_path, monkeypatch):
    monkeypatch.setenv("MIEN_WORK", str(tmp_path))
    tokeniser = torch.nn.Linear(1, 1)
    monkeypatch.setattr(calibrate, "load_tokeniser", lambda config: tokeniser)
    monkeypatch.setattr(calibrate, "load_predictor", lambda config, tokeniser: None)
    monkeypatch.setattr(calibrate, "faces", lambda talks: [np.zeros((2, 2, 58))])
    monkeypatch.setattr(calibrate, "voices", lambda talks, predictor: None)
    drawn = []
    monkeypatch.setattr(calibrate, "listen", lambda *_, **__: drawn.append(1) or np.full((1, 2, 58), len(drawn)))
    config = load()
    checkpoint.save({"model": {"weight": torch.zeros(2)}}, tmp_path / export.BEST)
    first = calibrate.drawn(config)
    assert set(first) == {"training", "development"} and len(drawn) == 2
    assert (calibrate.drawn(config)["development"] == first["development"]).all() and len(drawn) == 2
    config.sampling.response_gain += 1
    assert (calibrate.drawn(config)["development"] != first["development"]).all() and len(drawn) == 4
    checkpoint.save({"model": {"weight": torch.ones(2)}}, tmp_path / export.BEST)
    calibrate.drawn(config)
    assert len(drawn) == 6
    tokeniser.weight.data += 1
    calibrate.drawn(config)
    assert len(drawn) == 8


@pytest.mark.parametrize(("levels", "most"), [([2], 0.62), ([2, 2], 0.45), ([3, 2], 0.34)])
def test_few_levels_begin_with_frames_in_all_of_them(levels: list[int], most: float):
    # Normal frames whose first axes hold 9 and 4 of 14.3 parts of the variance; one bit takes 2 / π of an axis' away.
    torch.manual_seed(0)
    x = torch.randn(20000, 5) * torch.tensor([3, 2, 1, 0.5, 0.3]) + 0.7
    quantiser = GroupQuantiser(5, levels)
    quantiser.begin(x)
    values = quantiser(x)
    shares = torch.bincount(quantiser.code.index(values), minlength=quantiser.code.size) / len(x)
    assert shares.min() > 0.5 / quantiser.code.size
    lost = ((quantiser.plain(values) - x) ** 2).mean(0).sum() / x.var(0).sum()
    assert lost.item() < most
