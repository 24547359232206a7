"""At which temperatures the listener's codes are drawn, and how they were chosen."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from mien_training.sfms import cards, temperatures
from mien_training.sfms.channels import GROUP_NAMES, SCHEMES
from mien_training.sfms.config import MODELS, load
from mien_training.sfms.rows import LEARNT
from mien_training.sfms.stream import Sampling, draw, temper
from mien_training.sfms.temperatures import NOISE, OWN, REAL, beat, chosen, judged


def row(fd: float, variance: float, si: float, beat: float = 1) -> dict[str, dict[str, float]]:
    figures = {key: fd for key in temperatures.DISTANCES} | {"variance": variance, "si": si, "si_pooled": si, "beat": beat}
    return {"rotation": figures}


def rows(own: dict, mimicry: float = 10) -> dict[str, dict]:
    return {OWN: own, REAL: row(0, 1, 2), NOISE: row(mimicry, 1, 3), LEARNT: row(13, 1, 2)}


def test_codes_are_cooled_and_keyframes_come_as_often():
    # No keyframe, and two codes of which the second is twice as likely: e^1 : e^0 : 2 e^0.
    logits = torch.tensor([1.0, 0.0, float(np.log(2))]).expand(1, 2, 3)
    found = torch.softmax(temper(logits, torch.tensor([[1.0], [0.5]])), -1)[0].numpy()
    none = np.e / (np.e + 3)
    assert found[0] == pytest.approx([none, (1 - none) / 3, (1 - none) * 2 / 3])
    assert found[1] == pytest.approx([none, (1 - none) / 5, (1 - none) * 4 / 5])  # at half the temperature 1 : 4


def test_each_part_has_its_own_code_temperature():
    logits = torch.tensor([-50.0, 0.0, 1.0]).expand(1, len(GROUP_NAMES), 3)
    # The second code, one nat likelier, comes first and is drawn below 1 / (1 + exp(-1 / temperature)).
    sampling = Sampling(other_code_temperature=0.5, head_code_temperature=0.25)
    at = {"smile": 1, "rotation": 0.25, "translation": 0.25}
    shares = np.array([1 / (1 + np.exp(-1 / at.get(name, 0.5))) for name in GROUP_NAMES])
    for off, code in ((-1e-4, 2), (1e-4, 1)):
        made = draw(logits, (shares + off)[None].astype(np.float32), sampling, SCHEMES["5"])
        assert made.tolist() == [[code] * len(GROUP_NAMES)]


def test_the_nearest_is_chosen_among_those_that_are_ahead():
    tried = {1.0: rows(row(5, 1.5, 2.4)), 0.8: rows(row(6.9, 1.1, 2.1)), 0.5: rows(row(7.1, 1.0, 2.0))}
    verdicts = judged(tried, "rotation")
    assert verdicts[0.8]["away"] == pytest.approx(np.log(1.1) + 0.1)
    assert [own["is_allowed"] for own in verdicts.values()] == [True, True, False]
    assert chosen(verdicts) == 0.8


def test_where_mimicry_is_nearer_anyway_real_listeners_are_the_bound():
    tried = {1.0: rows(row(12, 1.5, 2.4)), 0.8: rows(row(12.9, 1.1, 2.1)), 0.5: rows(row(13.1, 1, 2))}
    assert chosen(judged(tried, "rotation")) == 0.8


def test_what_shivers_is_not_taken():
    tried = {1.0: rows(row(5, 1.5, 2.4)), 0.8: rows(row(5, 1, 2, beat=1.26)), 0.9: rows(row(5, 1, 2.2, beat=1.24))}
    assert chosen(judged(tried, "rotation")) == 0.9


def test_a_beat_is_power_at_the_blocks_rate():
    time = np.arange(1000)[:, None] / 25
    noise = np.random.default_rng(5).normal(size=(1000, 1)).cumsum(0)
    assert beat([noise]) == pytest.approx(1, abs=0.3)
    assert beat([noise + 3 * np.sin(2 * np.pi * 6.25 * time)]) > 3
    assert beat([noise + 3 * np.sin(2 * np.pi * 3 * time)]) == pytest.approx(beat([noise]), abs=0.1)


def test_the_card_tells_what_was_tried_and_what_the_rule_takes():
    found = json.loads((MODELS / "evaluation" / temperatures.FILE).read_text())
    text = cards.cooled(found)
    assert all(getattr(load().sampling, key) == 1 for key in temperatures.TRIED)  # as the card says
    for key in temperatures.TRIED:
        assert all(f"| {one['at']} | " in text for one in found[key])
    assert f"takes {found['chosen']['other_code_temperature']} for" in text
    assert text.count(" | no |") == sum(not one["is_allowed"] for key in temperatures.TRIED for one in found[key])
