"""At which temperatures the listener's groups are drawn, and how they were chosen."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from mien_training.sfms import temperatures
from mien_training.sfms.channels import GROUP_NAMES
from mien_training.sfms.config import MODELS, load
from mien_training.sfms.stream import Sampling, draw
from mien_training.sfms.temperatures import NOISE, OWN, REAL, chosen, judged


def row(fd: float, variance: float, si: float) -> dict[str, dict[str, float]]:
    return {"rotation": {key: fd for key in temperatures.DISTANCES} | {"variance": variance, "si": si, "si_pooled": si}}


def rows(fd: float, variance: float, si: float) -> dict[str, dict]:
    return {OWN: row(fd, variance, si), REAL: row(0, 1, 2), NOISE: row(10, 1, 3)}


def test_each_part_is_drawn_at_its_own_temperature():
    logits = torch.tensor([0.0, 1.0]).expand(1, len(GROUP_NAMES), 2)
    # The second code, one nat likelier, comes first and is drawn below 1 / (1 + exp(-1 / temperature)).
    sampling = Sampling(temperature=0.5, other_temperature=1.0, head_temperature=2.0)
    share = {"smile": 1 / (1 + np.exp(-2)), "rotation": 1 / (1 + np.exp(-0.5)), "translation": 1 / (1 + np.exp(-0.5))}
    shares = np.array([share.get(name, 1 / (1 + np.exp(-1))) for name in GROUP_NAMES])
    for off, code in ((-1e-4, 1), (1e-4, 0)):
        assert draw(logits, (shares + off)[None].astype(np.float32), sampling).tolist() == [[code] * len(GROUP_NAMES)]


def test_the_nearest_is_chosen_among_those_that_are_ahead():
    tried = {1.0: rows(5, 1.5, 2.4), 0.8: rows(6.9, 1.1, 2.1), 0.5: rows(7.1, 1.0, 2.0)}
    verdicts = judged(tried, "rotation")
    assert verdicts[0.8]["away"] == pytest.approx(np.log(1.1) + 0.1)
    assert [own["is_allowed"] for own in verdicts.values()] == [True, True, False]
    assert chosen(verdicts) == 0.8


def test_distances_beyond_mimicrys_may_not_grow():
    verdicts = judged({1.0: rows(12, 1.5, 2.4), 0.8: rows(12.1, 1, 2)}, "rotation")
    assert chosen(verdicts) == 1.0


def test_the_configuration_has_what_was_chosen():
    found = json.loads((MODELS / "evaluation" / temperatures.FILE).read_text())["chosen"]
    assert found == {key: getattr(load().sampling, key) for key in found}
