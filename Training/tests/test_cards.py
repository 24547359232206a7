"""The cards of the models: each says the same things, under the same headings."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

pytest.importorskip("torch")

from mien_training.sfms import cards  # noqa: E402
from mien_training.sfms.config import MODELS  # noqa: E402
from mien_training.suhmo.card import architecture  # noqa: E402
from mien_training.suhmo.config import Config  # noqa: E402

HEADINGS = ["Architecture", "Data", "What is lifted", "Licences", "Figures", "Limits", "Again"]
#: What is fitted in closed form, or fixed, has a page of another kind.
UNTRAINED = {"face-basis", "motion-spaces"}
CARDS = sorted(path.with_suffix(".md") for path in MODELS.glob("*.safetensors") if path.stem not in UNTRAINED)


@pytest.mark.parametrize("card", CARDS, ids=lambda path: path.stem)
def test_a_card_has_the_headings_of_all(card: Path):
    found = [line.removeprefix("## ") for line in card.read_text().splitlines() if line.startswith("## ")]
    assert [heading for heading in found if heading in HEADINGS] == HEADINGS


def test_there_are_four_cards():
    assert [card.stem for card in CARDS] == ["sfms-keyframes", "sfms-predictor", "sfms-tokeniser", "suhmo"]


@pytest.mark.parametrize("card", CARDS, ids=lambda path: path.stem)
def test_links_of_a_card_lead_somewhere(card: Path):
    for link in card.read_text().split("](")[1:]:
        target = link.partition(")")[0]
        assert target.startswith("http") or (MODELS / target).exists(), target


def test_a_tokenisers_layers_and_bits_are_those_of_its_file():
    said = cards.tokeniser_architecture(MODELS / "sfms-tokeniser.safetensors")
    assert "128 wide, 4 heads, feed-forward 256" in said and "| decoder | adds to the straight lines between decoded keyframes | 2 |" in said
    assert "| smile | 4 | 2, of 15 to 16 levels | 7.9 |" in said and "| all | 58 | | 39.5 |" in said


def test_suhmos_judges_are_told_from_the_settings_of_its_training():
    settings = asdict(Config())
    settings["discriminator"] |= {"hidden": 7, "window_range": [4, 9]}
    settings["loss"]["adversarial"]["joint"] = 0.25
    said = architecture(settings, 32)
    assert "windows of 4 to 9 frames" in said and "LSTM of 7" in said and "the maximum of both states | 0.25 |" in said
    assert "LSTM cell, 272 + 32 → 32" in said


def test_each_choice_of_the_calibration_is_held_against_its_own_base():
    base = {"rate": 1 / 750, "rest": 1 / 250, "steady": True, "mixes": True, "tempers": True, "sparest": 1.0, "own": False, "spread": 0.8}
    base |= {"within": False, "smooths": True}
    kinds = {kind: {key: 1.0 for key in ("fd", "variance", "si", "si_pooled", "speed")} for kind in ("measured", "expression", "rotation")}
    one = lambda score, **changes: base | changes | {"score": score, "figures": kinds}  # noqa: E731
    told = {
        "rows": {"real partners": kinds, "as drawn": kinds}, "chosen": base | {"within": True},
        "tried": [one(0.7), one(0.9, steady=False), one(0.8, sparest=0.5), one(0.6, within=True)], "not smoothed": {"score": 0.65, "figures": kinds},
    }  # fmt: skip
    said = cards.chosen(told)
    assert "| deviations as they are | 0.900 | deviations led back | 0.700 |" in said
    assert "| the sparest 50 % of the tempers | 0.800 | every temper | 0.700 |" in said
    assert "| the rest at the population's spread | 0.700 | the rest at the spread within sessions | 0.600 |" in said
    assert "the score is 0.600" in said and "the sparest" not in said[said.index("has a temper") :]
    told["chosen"] |= {"sparest": 0.5}
    told["tried"] += [one(0.55, sparest=0.5, within=True)]
    assert "draws from the sparest 50 % of the sessions" in cards.chosen(told)
