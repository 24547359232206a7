"""Each metric against a case worked out by hand."""

import numpy as np
import pytest

from mien_training.metrics import head_motion, listening, reactions, spectra
from mien_training.metrics.frechet import LinearSpace, frechet, from_all, one_for_all


def test_frechet_of_two_points_each() -> None:
    # Means 1 and 12, variances 2 and 8: 11² + (√2 − √8)² = 121 + 2.
    assert frechet(np.array([[0.0], [2.0]]), np.array([[10.0], [14.0]])) == pytest.approx(123)


def test_frechet_knows_correlations() -> None:
    # Same means and variances (1), correlations +1 and −1: (Ca Cb) = 0, so the distance is the sum of traces, 4.
    line = np.array([[1.0, 1.0], [-1.0, -1.0]]) / np.sqrt(2)
    assert frechet(line, line * [1, -1]) == pytest.approx(4)


def test_one_gaussian_for_all_lies_at_the_mean_of_means_and_deviations() -> None:
    # Means 0 and 2, deviations 1 and 3 (variances by n - 1): the nearest has 1 and 2, so that each is 1 + 1 away.
    one = np.array([[-1.0], [1.0]]) / np.sqrt(2)
    mean, centre = one_for_all([one, 2 + 3 * one])
    assert (mean, centre) == (pytest.approx(1), pytest.approx(4))
    assert from_all([one, 2 + 3 * one], mean, centre) == pytest.approx([2, 2])
    # From another, of mean 4 and deviation 2, they are 16 + 1 and 4 + 1.
    assert from_all([one, 2 + 3 * one], np.array([4.0]), np.array([[4.0]])) == pytest.approx([17, 5])
    # A channel that is another once more adds as much again; one that never moves nothing.
    twice = [np.concatenate([part, part, 0 * part], axis=1) for part in (one, 2 + 3 * one)]
    assert from_all(twice, *one_for_all(twice)) == pytest.approx([4, 4])


def test_no_gaussian_is_nearer_to_all_samples() -> None:
    random = np.random.default_rng(5)
    samples = [random.normal(size=(400, 3)) @ random.normal(size=(3, 3)) for _ in range(6)]
    least = from_all(samples, *one_for_all(samples)).mean()
    for _ in range(20):
        other = random.normal(size=(4000, 3)) @ (np.eye(3) + 0.2 * random.normal(size=(3, 3))) * random.uniform(0.8, 2)
        assert np.mean([frechet(sample, other) for sample in samples]) > least


def test_frechet_of_samples_that_do_not_fill_their_space() -> None:
    # Three columns of variance 0.0001, two of them the same and the last one still: from a constant it is their sum.
    column = np.tile([0.01, -0.01], 50) * np.sqrt(99 / 100)
    sample = np.stack([column, column, np.repeat(column[:2], 50), np.full(100, 7.0)], 1)
    still = np.broadcast_to(sample.mean(0), sample.shape)
    assert frechet(sample, still) == pytest.approx(0.0003)
    assert frechet(sample, sample) == pytest.approx(0, abs=1e-12)
    # Twice as wide: three times (2 − 1)² of the deviation.
    assert frechet(sample, 2 * sample - sample.mean(0)) == pytest.approx(0.0003)


def test_frechet_is_never_below_nothing() -> None:
    random = np.random.default_rng(2)
    for scale in (1e-4, 1, 1e4):
        sample = scale * random.normal(size=(60, 52)).astype(np.float32)
        assert 0 <= frechet(sample, sample) < 1e-9 * scale**2


def test_a_space_gives_real_windows_a_mean_variance_of_one() -> None:
    points = np.array([[3.0, 0, 7], [-3, 0, 7], [0, 1, 7], [0, -1, 7]])  # variances 4.5 and 0.5 (by N), nothing in z
    space = LinearSpace.fit(points, 2)
    assert space.explained == pytest.approx(1)
    assert np.abs(space(points)).max(axis=0) == pytest.approx([3 / np.sqrt(2.5), 1 / np.sqrt(2.5)])


def test_l2_is_the_mean_length_of_frames_differences() -> None:
    made = np.array([[[3.0, 4.0], [0.0, 0.0]]])
    assert listening.l2(made, np.zeros_like(made)) == pytest.approx(2.5)


def test_fd_and_paired_fd_pool_the_frames() -> None:
    made, real = np.array([[[0.0], [2.0]]]), np.array([[[10.0], [14.0]]])
    assert listening.fd(made, real) == pytest.approx(123)
    # A speaker who does not move adds a constant column to both.
    assert listening.paired_fd(made, real, np.ones_like(made)) == pytest.approx(123)
    # A speaker as wide as the listener, in step with the made one and against the real one: see frechet's second case.
    one, other = np.array([[[1.0], [-1.0]]]), np.array([[[-1.0], [1.0]]])
    assert listening.paired_fd(one / 2**0.5, other / 2**0.5, one / 2**0.5) == pytest.approx(4)


def test_variance_is_over_time() -> None:
    motion = np.array([[[0.0, 5.0], [2.0, 5.0]], [[0.0, 5.0], [4.0, 5.0]]])  # 1, 0; 4, 0
    assert listening.variance(motion) == pytest.approx(1.25)


def test_shannon_index_of_three_even_clusters_and_of_one() -> None:
    real = np.array([[[0.0]] * 4 + [[10.0]] * 4 + [[20.0]] * 4])
    index = listening.ShannonIndex(real, 3)
    assert index(real) == pytest.approx(np.log(3))
    assert index(np.full((1, 5, 1), 19.0)) == 0
    assert index(np.array([[[0.0], [0.0], [20.0], [20.0]]])) == pytest.approx(np.log(2))


def test_shannon_index_of_each_sequence_knows_no_differences_between_them() -> None:
    real = np.array([[[0.0]] * 4 + [[10.0]] * 4 + [[20.0]] * 4])
    index = listening.ShannonIndex(real, 3)
    # One sequence rests at 0, one is half at 10 and half at 20: entropies 0 and ln 2; pooled 1/2, 1/4, 1/4: 1.5 ln 2.
    motion = np.array([[[0.0]] * 4, [[10.0], [10.0], [20.0], [20.0]]])
    assert index.each(motion) == pytest.approx(np.log(2) / 2)
    assert index(motion) == pytest.approx(1.5 * np.log(2))


def test_rpcc_is_the_difference_of_correlations() -> None:
    speaker = np.array([[1.0, 2.0, 3.0]])
    # r = 1 against r = 0.5 (deviations −1, 0, 1 and −1, 1, 0: 1 / 2)
    assert listening.rpcc(speaker * 7, np.array([[0.0, 2.0, 1.0]]), speaker) == pytest.approx(0.5)
    assert listening.correlation(np.ones(3), speaker[0]) == 0


def test_rpcc_is_of_the_mean_over_sequences_not_of_all_frames_together() -> None:
    # Each sequence follows its speaker (r = 1) at a level of its own; all six frames together would have r = 0.5² and less.
    speaker = np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]])
    made = speaker + [[0.0], [100.0]]
    still = np.zeros_like(speaker)
    assert listening.rpcc(made, still, speaker) == pytest.approx(1)
    # One follows, one goes against it: the correlations' mean is 0.
    assert listening.rpcc(made * [[1.0], [-1.0]], still, speaker) == pytest.approx(0)


def attributes(*series: list[float]) -> np.ndarray:
    """(T, 25): the given series as the first columns, the others 0."""
    values = np.zeros((len(series[0]), 25))
    for column, one in enumerate(series):
        values[:, column] = one
    return values


def test_concordance_punishes_an_offset() -> None:
    # Means 1 and 2, variances 1 and 1, covariance 1: 2 / (1 + 1 + 1).
    a, b = np.array([[0.0], [2.0]]), np.array([[1.0], [3.0]])
    assert reactions.concordance(a, b) == pytest.approx([2 / 3])
    assert reactions.concordance(a, np.ones((2, 1))) == pytest.approx([0])


def test_fr_corr_takes_the_best_reaction_and_sums_predictions_as_published() -> None:
    up, down = attributes([0.0, 2.0]), attributes([2.0, 0.0])
    made = np.array([[up, up, down]])
    real = np.array([down, up])
    assert reactions.fr_corr(made, real, np.array([[0, 1]]), published=True) == pytest.approx((1 + 1 - 1) / 25)
    assert reactions.fr_corr(made, real, np.array([[1, 1]]), published=True) == pytest.approx(3 / 25)
    assert reactions.fr_corr(made, real, np.array([[1, 1]])) == pytest.approx(1 / 25)


def test_dtw_warps_time_but_not_size() -> None:
    step, late = np.array([[0.0], [0], [1], [1]]), np.array([[0.0], [0], [0], [1]])
    assert reactions.dtw(step, late) == pytest.approx(0)
    assert reactions.dtw(np.zeros((4, 1)), np.full((4, 1), 3.0)) == pytest.approx(6)  # √(4 · 9)
    assert reactions.dtw(np.array([[0.0], [2.0]]), np.array([[0.0], [1.0], [2.0]])) == pytest.approx(1)


def test_fr_dist_weighs_the_blocks() -> None:
    made, real = np.zeros((1, 2, 4, 25)), np.zeros((1, 4, 25))
    real[0, :, 0], real[0, :, 15], real[0, :, 17] = 1, 1, 1  # each block is √4 away
    expected = 2 / 15 + 2 + 2 / 8
    assert reactions.fr_dist(made, real, np.array([[1]])) == pytest.approx(expected)
    assert reactions.fr_dist(made, real, np.array([[1]]), published=True) == pytest.approx(2 * expected)


def test_diversities_are_mean_squares_of_distinct_pairs() -> None:
    made = np.zeros((2, 2, 2, 25))
    made[0, 1] = 1  # clip 0's predictions are 1 apart in every element, clip 1's alike
    assert reactions.fr_div(made) == pytest.approx(0.5)
    assert reactions.fr_dvs(made) == pytest.approx(0.5)  # predictions 1 differ between clips, predictions 0 do not
    made = np.zeros((2, 2, 2, 25))
    made[0] = 1  # both predictions of clip 0: alike within a clip, 1 apart between clips
    assert reactions.fr_div(made) == 0
    assert reactions.fr_dvs(made) == pytest.approx(1)


def test_fr_var_is_unbiased_over_time() -> None:
    made = np.zeros((1, 1, 2, 25))
    made[0, 0, 1, 0] = 5  # variance 12.5 in one attribute
    assert reactions.fr_var(made) == pytest.approx(0.5)


def test_fr_syn_finds_a_delay_and_the_published_one_fails_on_a_constant() -> None:
    random = np.random.default_rng(0)
    speaker = random.normal(size=(1, 200, 25))
    late = np.roll(speaker, 7, axis=1)[:, None]
    assert reactions.fr_syn(late, speaker) == 7
    assert reactions.fr_syn(late, speaker, published=True) == 7
    late[..., 3] = 0
    assert reactions.fr_syn(late, speaker) == 7
    assert reactions.fr_syn(late, speaker, published=True) == 49


def test_fr_syn_as_published_looks_at_the_first_prediction_alone() -> None:
    speaker = np.random.default_rng(0).normal(size=(1, 200, 25))
    both = np.stack([np.roll(speaker, lag, axis=1) for lag in (7, 3)], 1)
    assert reactions.fr_syn(both, speaker, published=True) == 7
    assert reactions.fr_syn(both, speaker) == 5  # the mean of 7 and 3


def test_a_lag_is_the_listeners_lateness() -> None:
    speaker = np.array([[0.0], [1.0], [0.0], [0.0], [5.0], [0.0]])
    late = np.array([[0.0], [0.0], [1.0], [0.0], [0.0], [5.0]])  # the same a frame later
    assert reactions.lagged(speaker, late, 1) == pytest.approx([1])
    assert reactions.lagged(late, speaker, -1) == pytest.approx([1])
    assert reactions.lagged(speaker, late, -1)[0] < 0.5


def test_a_motion_map_weighs_late_frames_more() -> None:
    part = np.zeros((41, 136))
    part[40] = 1  # the last frame alone: 0.8 of a sum of 40 · 0.5
    assert head_motion.windows(part, "motion map")[0] == pytest.approx(np.full(136, 0.8 / 20))


def test_windows_hold_ways_and_velocities() -> None:
    start = np.zeros((68, 2))
    start[0, 1] = 2  # a face 2 high
    run = np.repeat((start + [4, 0])[None], 80, axis=0)  # at once 4 to the right: 2 heights, and there it stays
    part = head_motion.scored(start, run, 40)
    assert [len(head_motion.windows(part, kind)) for kind in head_motion.KINDS] == [1, 3, 7, 10, 1]
    first = head_motion.windows(part, "10 frames")[0].reshape(10, 272)
    assert first[0, 0] == 2 and first[0, 136] == 2 * head_motion.VELOCITY_WEIGHT and first[1, 136] == 0
    assert head_motion.windows(head_motion.scored(start, run, 80), "10 frames")[0].reshape(10, 272)[0, 136] == 0


def test_spaces_come_back_as_they_were_saved(tmp_path) -> None:
    random = np.random.default_rng(1)
    tracks = [np.cumsum(random.normal(size=(200, 68, 2)), axis=0) + np.linspace(0, 99, 136).reshape(68, 2)]
    begun = head_motion.starts(tracks, 1)
    spaces = head_motion.Spaces.fit(begun)
    spaces.save(tmp_path / "spaces.safetensors")
    again = head_motion.Spaces.load(tmp_path / "spaces.safetensors")
    for n in head_motion.RUNS:
        parts = [head_motion.scored(start, after, n) for start, after in begun]
        made, real = parts[::2], parts[1::2]
        before, after = spaces.distances(n, made, real), again.distances(n, made, real)
        assert after == pytest.approx(before, rel=0.02, abs=1e-3)
        assert before["40 frames"] < 32


def test_the_spectrum_of_a_sine_lies_at_its_frequency() -> None:
    seconds = np.arange(2500) / 25
    frequencies, power = spectra.spectrum([np.sin(2 * np.pi * 2 * seconds)[:, None]])
    assert frequencies[power[:, 0].argmax()] == pytest.approx(2, abs=0.1)
    # Half the size is 20 log10(2) = 6.02 dB less at every frequency.
    half = spectra.spectrum([np.sin(2 * np.pi * 2 * seconds)[:, None] / 2])[1]
    assert spectra.spectrum_distance(power, half, frequencies, (1.8, 2.2)) == pytest.approx([6.02], abs=0.01)


def test_the_share_of_power_above_a_frequency_is_that_of_its_sine() -> None:
    seconds = np.arange(2500) / 25
    # 2 Hz with a velocity of 1, 8 Hz with one of 1/2: a fifth of the power.
    both = np.sin(2 * np.pi * 2 * seconds) / np.sin(np.pi * 2 / 25) + np.sin(2 * np.pi * 8 * seconds) / np.sin(np.pi * 8 / 25) / 2
    assert spectra.share_above([both[:, None]], 5.0) == pytest.approx(0.2, abs=0.005)
    assert spectra.share_above([both[:51, None]], 5.0) == pytest.approx(0.2, abs=0.02)
    assert spectra.share_above([0 * both[:, None]], 5.0) == 0


def test_a_raster_lights_a_pixel_a_landmark_in_its_part_channel() -> None:
    networks = pytest.importorskip("mien_training.metrics.networks")
    frames = np.zeros((1, 68, 2))
    frames[0, 0] = [0.5, 0.25]  # jaw: column 112, row 56
    frames[0, 60] = [2.0, -1.0]  # mouth, clamped: column int(0.99 · 224) = 221, row 0
    picture = networks.raster(frames)[0]
    assert picture.shape == (3, 224, 224)
    assert picture[0, 56, 112] == 1 and picture[0].sum() == 2  # the other jaw points all lie at (0, 0)
    assert picture[1].sum() == 1 and picture[2, 0, 221] == 1 and picture[2].sum() == 2
    assert networks.motion_map(np.array([0.0, 1.0]).reshape(2, 1, 1, 1) * np.ones((2, 3, 4, 4))) == pytest.approx(0.8)


def test_a_users_networks_are_loaded_and_asked(tmp_path) -> None:
    networks = pytest.importorskip("mien_training.metrics.networks")
    import torch

    class Mean(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.flatten(2).mean(dim=2)

    torch.jit.script(Mean()).save(str(tmp_path / "mean.pt"))
    asked = networks.Networks(tmp_path / "mean.pt", tmp_path / "mean.pt")
    found = asked.features([np.full((40, 68, 2), 0.5)] * 3, batch=2)
    assert found["FVD"].shape == (3, 3) and found["t-FID"].shape == (3, 3)
    assert found["FVD"][0] == pytest.approx(np.full(3, 1 / 224**2), rel=1e-4)
    assert list(asked.files) == ["FVD", "FID", "t-FID"] and asked.files["FVD"] == asked.files["FID"]


def test_inception_sees_every_frame_a_few_at_a_time_from_0_to_1(tmp_path) -> None:
    networks = pytest.importorskip("mien_training.metrics.networks")
    import torch

    class Sight(torch.nn.Module):  # how many pictures there are, the darkest and the brightest value of each
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            flat = x.flatten(1)
            return torch.stack([torch.full((x.size(0),), float(x.size(0))), flat.amin(dim=1), flat.amax(dim=1)], dim=1)

    torch.jit.script(Sight()).save(str(tmp_path / "sight.pt"))
    runs = [np.random.default_rng(number).uniform(size=(40, 68, 2)) for number in range(3)]
    found = networks.Networks(inception=tmp_path / "sight.pt").features(runs, batch=2)
    assert list(found) == ["FID", "t-FID"] and found["FID"].shape == (120, 3)
    assert found["FID"][:, 0].tolist() == [64] * 64 + [16] * 16 + [40] * 40
    assert found["FID"][:, 1].max() == 0 and 0.3 < found["FID"][:, 2].min() <= found["FID"][:, 2].max() <= 1
