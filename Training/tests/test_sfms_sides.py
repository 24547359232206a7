"""A calibration of sets that tell left from right, and of those that do not."""

from __future__ import annotations

import numpy as np
import pytest

from mien_training.sfms import calibrate
from mien_training.sfms.calibrate import NAMED, Choice, Held, Sides
from mien_training.sfms.channels import SMILE

UNNAMED = Sides(np.arange(58), np.ones(58, np.float32))


def motion(seed: int, left: float, right: float) -> np.ndarray:
    """Sequences (4, 400, 58) about 0.5, with these deviations of the left and the right smile."""
    found = np.full((4, 400, 58), 0.5, np.float32)
    found[..., SMILE] += np.random.default_rng(seed).normal(size=(4, 400, 2)) * [left, right]
    return found.astype(np.float32)


@pytest.mark.parametrize(("sides", "spreads"), [(NAMED, [0.05, 0.05]), (UNNAMED, [0.02, 0.068])])
def test_sides_are_one_where_they_are_known_and_channels_of_their_own_elsewhere(sides: Sides, spreads: list[float]):
    made, real = motion(1, 0.1, 0.1), motion(2, 0.02, 0.068)  # together a mean square of 0.05²
    choice = Choice(tempers=False, mixes=False, steady=False, smooths=False, spread=1.0)
    found = calibrate.fit(made, real, choice, sides)
    shown = found.lined(calibrate.led(found, made))[..., SMILE]
    assert shown.std((0, 1)) == pytest.approx(spreads, rel=0.06)


def test_a_set_without_sides_has_no_tempers_for_both():
    assert calibrate.tries_of(UNNAMED)["tempers"] == (False,)
    assert calibrate.tries_of(NAMED) == calibrate.TRIED


def test_only_named_sets_have_sides(tmp_path):
    assert Sides.known("recordings").are_known
    assert not Sides.known(f"react2024:{tmp_path}").are_known
    (tmp_path / "columns.txt").write_text("")
    assert Sides.known(f"react2024:{tmp_path}").are_known


@pytest.mark.parametrize(("clips", "parts"), [(13, 13), (16, 16), (40, 16)])
def test_every_clip_is_left_out_once(clips: int, parts: int):
    held = Held.__new__(Held)
    held.pair = np.array([f"{clip:02}" for clip in range(clips) for _ in range(2)])
    found = list(held.without())
    assert len(found) == parts
    assert (sum(~talks for talks, _ in found) == 1).all()
    assert all((np.repeat(talks, 2) == sides).all() for talks, sides in found)
    assert max((~talks).sum() for talks, _ in found) <= 2 * -(-clips // parts)
