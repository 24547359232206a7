"""What SUHMo trains on beside plain windows, and what chooses between runs: hand-worked cases."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from mien_training.suhmo import candidates, starts  # noqa: E402
from mien_training.suhmo.config import Config, Data  # noqa: E402
from mien_training.suhmo.data import Sequence, Windows, stretched, synthetic  # noqa: E402
from mien_training.suhmo.judges import parted  # noqa: E402
from mien_training.suhmo.study import STUDY  # noqa: E402


def test_a_stretched_track_goes_as_far_in_fewer_frames() -> None:
    track = np.stack([np.arange(30.0), 3 - 2 * np.arange(30.0)], axis=1)
    x, v = stretched(track, 4, 1.25, 10)
    assert np.allclose(x[:, 0], 4 + 1.25 * np.arange(10)) and np.allclose(v, [1.25, -2.5])
    x, v = stretched(track**2, 4, 1.0, 10)
    assert np.allclose(x, (track**2)[4:14]) and np.allclose(v, np.diff(track**2, axis=0)[3:13])


def test_longer_windows_are_of_takes_that_have_them() -> None:
    short, long = synthetic(count=2, frames=200)
    short.landmarks = short.landmarks[:60]
    windows = Windows([short, long], Data(sources={"synthetic": 1.0}))
    longer = windows.longer(80)
    assert {0, 1} == set(windows.index[:, 0]) and {1} == set(longer.index[:, 0])
    assert longer.batch(2, np.random.default_rng(1))[0].shape == (4, 85, 136)


def test_longer_windows_are_the_same_ones_where_no_take_has_them() -> None:
    (short,) = synthetic(count=1, frames=88)
    settings = Data(sources={"synthetic": 1.0}, position_smoothing=1, velocity_smoothing=1)
    windows = Windows([short], settings)
    assert windows.longer(82).length == 87 and windows.longer(83) is windows  # 88 frames have 87 ways


def test_even_shares_give_every_take_the_same() -> None:
    short, long = synthetic(count=2, frames=200)
    short.landmarks = short.landmarks[:60]
    shares = np.diff(Windows([short, long], Data(sources={"synthetic": 1.0}, evenness=1.0)).shares, prepend=0)
    index = Windows([short, long], Data()).index
    assert shares[index[:, 0] == 0].sum() == pytest.approx(0.5)


def test_starts_lie_along_what_moves() -> None:
    face = np.random.default_rng(2).uniform(0.2, 0.8, (68, 2))
    nod = 0.05 * np.sin(np.arange(400) / 10)
    moving = face + np.stack([np.zeros(400), nod], axis=1)[:, None]
    settings = Data(sources={"made": 1.0}, position_smoothing=1, velocity_smoothing=1)
    windows = Windows([Sequence("nods", "made", moving.astype(np.float32))], settings)
    modes = starts.fit(windows, settings, 2)
    drawn = np.random.default_rng(3).normal(size=(20000, 2)) @ modes
    height = (np.ptp(face[:, 1]) + 0)  # heights are of each frame's face, which nodding leaves as it is
    assert np.allclose(drawn[:, 0:136:2], 0, atol=1e-4)
    assert drawn[:, 1].std() == pytest.approx(nod.std() / height, rel=0.03)
    assert drawn[:, 137].std() == pytest.approx(np.diff(nod).std() / height, rel=0.03)


def row(settings: str, seed: int, distance: float, speed: float = 1.0) -> dict:
    return {
        "settings": settings, "seed": seed, "distance": distance, "check speed": [1.0, speed], "all": [1.0, 2.0],
        "strangers": [2.0, 4.0], "spectrum": [9.0, 5.0], "idle": [0.5, 0.25, 1.0], "draws": [4.0, 6.0],
    }  # fmt: skip


def test_the_nearest_seed_in_the_range_of_speeds_is_shipped() -> None:
    rows = [row("the study's", 1, 3), row("the study's", 2, 2, speed=1.3), row("other", 1, 1)]
    assert candidates.score(rows[0]) == 1.5 + 3
    assert candidates.verdict(rows).startswith("Of the study's seeds in the range of speeds seed 1 has the least distance, 3.00")
    assert "nothing is replaced" in candidates.verdict(rows[1:])


def test_a_lead_within_the_luck_of_seeds_leaves_the_study_as_it_is() -> None:
    def group(settings: str, *distances: float) -> list[dict]:
        return [row(settings, n, d) for n, d in enumerate(distances)]

    study = group("the study's", 8, 12, 16)  # a variance of 16, of the mean 16 / 3
    assert "12.00 of 3 seeds, and 10.00 of 3 for other" in candidates.lead(study + group("other", 10, 10, 10))
    assert "the difference is 2.31: the study stays" in candidates.lead(study + group("other", 10, 10, 10))
    assert "the study is to be trained anew" in candidates.lead(study + group("other", 9, 9, 9))
    assert candidates.lead(study + group("other", 1, 1)) == ""  # two seeds say nothing


def test_a_run_tells_the_distance_that_its_checkpoint_was_chosen_by() -> None:
    checks = [{"step": n, "frechet": 10.0 - n, "speed_40": 0.1 * n, "speed_80": 0.2 * n} for n in (1, 2, 3)]
    assert candidates.chosen_by({"step": 2, "best": 8.0, "history": checks}) == {"distance": 8.0, "check speed": [0.2, 0.4]}
    assert candidates.chosen_by({"step": 4, "best": 6.0, "history": checks}) == {"distance": 6.0}


def test_settings_are_told_by_what_differs() -> None:
    changed = Config()
    changed.train.seed, changed.data.long_share = 4, 0.5
    assert candidates.settings(changed, Config()) == "data.long_share 0.5"
    changed.idle.velocity, changed.idle.shift = 0.01, 0.5  # training begins at the one, nothing in training at the other
    assert candidates.settings(changed, Config()) == "data.long_share 0.5, idle.velocity 0.01"
    assert candidates.settings(Config(), Config()) == "the study's"
    base = Config.load(STUDY)
    before = Config.load(STUDY)
    before.model.exact_norm, before.train.decay_in_game, before.train.feedback_gradient = False, False, 1.0
    before.train.rate_generator, before.train.rate_discriminator, before.train.steps = 1e-6, 2e-4, 600
    assert candidates.settings(before, base) == "as before, 600 steps"


def test_settings_show_their_distance_and_their_scores() -> None:
    rows = [row("one", 1, 3) | {"draws": [12.0, 10.0]}, row("one", 2, 1)]
    assert "| one | 2 | 2.00 ± 1.41 | 4.50 | 8.00 | 9.00 / 5.00 | 0.50 / 0.25 / 1.00 |" in candidates.means(rows)
    assert "| one | 1 | 3.00 | 1.00 / 1.00 | 1.00 / 2.00 | 2.00 / 4.00 | 4.50 | 11.00 ± 1.41 |" in candidates.table(rows)


def test_parted_people_keep_their_place_and_get_the_next_pairs_partner() -> None:
    rows = torch.tensor([[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]])  # pairs 0 1, 2 3, 4 5
    assert parted(rows).flatten().tolist() == [0, 5, 2, 1, 4, 3]
