"""What SUHMo trains on beside plain windows, and what chooses between runs: hand-worked cases."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from mien_training.suhmo import candidates, starts  # noqa: E402
from mien_training.suhmo.config import Config, Data  # noqa: E402
from mien_training.suhmo.data import Sequence, Windows, stretched, synthetic  # noqa: E402
from mien_training.suhmo.judges import parted  # noqa: E402


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


def row(settings: str, seed: int, distance: float, speed: float, spectrum: float = 5.0) -> dict:
    return {
        "settings": settings, "seed": seed, "all": [distance, distance], "strangers": [2 * distance, 4 * distance],
        "speed": [1.0, speed], "spectrum": [9.0, spectrum], "idle": [0.5, 0.25, 1.0],
    }


def test_the_nearest_seed_in_the_range_of_speeds_replaces_what_it_beats() -> None:
    rows = [row("the study's", 1, 3, 1), row("the study's", 2, 2, 1.3), row("other", 1, 1, 1)]
    assert candidates.score(rows[0]) == 3 + 9
    said = candidates.verdict(rows, row("shipped", 0, 4, 1))
    assert said.startswith("Of the study's seeds in the range of speeds seed 1") and "replaces what was" in said
    assert "does not replace" in candidates.verdict(rows, row("shipped", 0, 2, 1))
    assert "does not replace" in candidates.verdict([row("the study's", 1, 3, 1, spectrum=9.5)], row("shipped", 0, 4, 1))
    assert "nothing is replaced" in candidates.verdict(rows[1:], row("shipped", 0, 4, 1))


def test_a_lead_within_the_luck_of_seeds_leaves_the_study_as_it_is() -> None:
    def group(settings: str, *distances: float) -> list[dict]:
        return [row(settings, n, d, 1) | {"draws": [4 * d, 4 * d]} for n, d in enumerate(distances)]

    study = group("the study's", 2, 4)  # scores 8 and 16: a variance of 32, of the mean 16
    assert "12.00 of 2 seeds, and 10.00 of 2 for other" in candidates.lead(study + group("other", 2.5, 2.5))
    assert "is 4.00, so the study stays" in candidates.lead(study + group("other", 2.5, 2.5))
    assert "the study is to be trained anew" in candidates.lead(study + group("other", 1.5, 1.5))
    assert candidates.lead(study + group("other", 1)) == ""  # one seed says nothing


def test_settings_are_told_by_what_differs() -> None:
    changed = Config()
    changed.train.seed, changed.data.long_share = 4, 0.5
    assert candidates.settings(changed, Config()) == "data.long_share 0.5"
    changed.idle.velocity, changed.idle.shift = 0.01, 0.5  # training begins at the one, nothing in training at the other
    assert candidates.settings(changed, Config()) == "data.long_share 0.5, idle.velocity 0.01"
    assert candidates.settings(Config(), Config()) == "the study's"


def test_settings_show_their_score_of_one_draw_beside_that_of_several() -> None:
    rows = [row("one", 1, 3, 1) | {"draws": [12.0, 10.0]}, row("one", 2, 1, 1) | {"draws": [4.0, 6.0]}]
    assert "| one | 2 | 8.00 | 8.00 | 9.00 / 5.00 | 0.50 / 0.25 / 1.00 |" in candidates.means(rows)
    assert "| one | 1 | 3.00 / 3.00 | 6.00 / 12.00 | 12.00 | 11.00 ± 1.41 |" in candidates.table(rows)


def test_parted_people_keep_their_place_and_get_the_next_pairs_partner() -> None:
    rows = torch.tensor([[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]])  # pairs 0 1, 2 3, 4 5
    assert parted(rows).flatten().tolist() == [0, 5, 2, 1, 4, 3]
