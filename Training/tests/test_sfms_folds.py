"""Folds of the pairs: everyone is held out once, and nobody is on two sides of a fold."""

import json
import os

import numpy as np
import pytest

from mien_training.metrics import listening as metrics
from mien_training.sfms import folds
from mien_training.sfms.config import MODELS, work_root
from mien_training.sfms.export import PREDICTOR, TOKENISER
from mien_training.sfms.fold import FOLDS, Fold
from mien_training.sfms.listening import earlier, keep
from mien_training.sfms.rows import MEASURED, NOISE
from mien_training.sfms.splits import FOLD, pairs_of, part_of_pair
from mien_training.split import read


def test_each_pair_is_held_out_in_one_fold():
    held = [pair for fold in FOLDS for pair in pairs_of(str(fold))["test"]]
    assert len(held) == len(set(held)) == 16
    assert len(read()["folds"]) == len(FOLDS)


def test_the_first_fold_is_the_split_that_ships():
    assert pairs_of("0") == pairs_of(None) == {part: read()["pairs"][part] for part in ("test", "development")}


@pytest.mark.parametrize("fold", FOLDS)
def test_a_fold_is_entered_and_left(fold, tmp_path, monkeypatch):
    monkeypatch.setenv("MIEN_WORK", str(tmp_path))
    monkeypatch.delenv(FOLD, raising=False)
    everyone = [pair for own in read()["folds"] for pair in own]
    with pytest.raises(KeyError), Fold(fold).entered():
        parts = {pair: part_of_pair(pair) for pair in everyone}
        assert [pair for pair in everyone if parts[pair] == "test"] == read()["folds"][fold]
        assert sum(part == "development" for part in parts.values()) >= 3
        assert sum(part == "training" for part in parts.values()) in (9, 10)
        assert (work_root() == tmp_path) == (fold == 0)
        raise KeyError("a step that fails")
    assert FOLD not in os.environ and os.environ["MIEN_WORK"] == str(tmp_path)
    assert part_of_pair("s7") == "test" and part_of_pair("s5") == "training"


def test_figures_by_fold_are_of_its_own_sequences():
    random = np.random.default_rng(5)
    known, real = random.random((2, 10, 200, 58)).astype(np.float32)
    made = real.copy()
    made[2:4, :, MEASURED] += 0.1  # fold 1 alone is off, by 0.1 in both channels
    index = {"measured": metrics.ShannonIndex(real[..., MEASURED], 3)}
    listeners = {"real partners": [real], NOISE: [real], "SFMS": [made, made]}
    lines = folds.by_fold([2] * 5, listeners, real, known, index)[2:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert [row[2] for row in rows] == ["real partners", NOISE, "SFMS"] * 5
    own = [float(row[3]) for row in rows if row[2] == "SFMS"]
    assert own == pytest.approx([0, 0.02, 0, 0, 0], abs=1e-4)


def test_the_table_is_measured_where_every_fold_was_trained(tmp_path, monkeypatch):
    monkeypatch.setenv("MIEN_WORK", str(tmp_path))
    for fold in (1, 2, 3, 4):
        assert not folds.are_trained()
        (Fold(fold).models / PREDICTOR).touch()
    assert folds.are_trained()
    assert (Fold(2).models / "suhmo.safetensors").exists() and Fold(0).models == MODELS


def test_a_fold_says_the_same_where_it_is_entered(tmp_path, monkeypatch):
    monkeypatch.setenv("MIEN_WORK", str(tmp_path))
    fold = Fold(2)
    before = fold.place, fold.weights(), fold.told
    with fold.entered():
        assert (fold.place, fold.weights(), fold.told) == before and work_root() == fold.place


def test_the_shipped_weights_of_a_fold_answer_where_it_was_not_trained(tmp_path, monkeypatch):
    monkeypatch.setenv("MIEN_WORK", str(tmp_path))
    names = {own.name for own in MODELS.glob("*.safetensors")}
    for fold in map(Fold, FOLDS[1:]):
        path = fold.weights()
        assert {own.name for own in path.iterdir()} == names
        for name in (PREDICTOR, TOKENISER):
            assert (path / name).read_bytes() == (MODELS / "folds" / str(fold.number) / name).read_bytes()
        assert fold.told.parent == MODELS / "folds" / str(fold.number)
    assert [line.split(" | ")[0] for line in folds.choices()[2:]] == [f"| {fold}" for fold in FOLDS]
    trained = Fold(3)
    (trained.models / PREDICTOR).touch()
    assert trained.weights() == trained.models and trained.told.parent == trained.place
    assert Fold(0).weights() == MODELS


def test_rows_that_are_not_made_here_stay_as_they_were_and_sfms_comes_last(tmp_path):
    found = {"measured": {"mean face": {"fd": 3.0}, "SFMS": {"fd": 2.0}}}
    assert keep(found, earlier(tmp_path / "none.json")) == []
    assert found == {"measured": {"mean face": {"fd": 3.0}, "SFMS": {"fd": 2.0}}}
    (tmp_path / "before.json").write_text(json.dumps({"measured": {"dense": {"fd": 1.0}, "SFMS": {"fd": 9.0}, "mean face": {"fd": 9.0}}}))
    assert keep(found, earlier(tmp_path / "before.json")) == ["dense"]
    assert list(found["measured"].items()) == [("mean face", {"fd": 3.0}), ("dense", {"fd": 1.0}), ("SFMS", {"fd": 2.0})]
