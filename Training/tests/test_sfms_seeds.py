"""What is stated over seeds of the listener's training, by figures worked out by hand."""

import json
from pathlib import Path

import pytest

pytest.importorskip("torch")

from mien_training.sfms import folds, seeds  # noqa: E402
from mien_training.sfms.fold import Fold  # noqa: E402


def table(fd: float, variance: float) -> dict:
    rows = {
        "real partners": {"fd": 0.0, "variance": 4.0}, "mimicry, fitted delay, gain, noise": {"fd": 2.5, "variance": 5.5},
        "mean face": {"fd": 4.0, "variance": 0.0}, "SFMS": {"fd": fd, "variance": variance},
    }  # fmt: skip
    return {kind: json.loads(json.dumps(rows)) for kind in ("measured", "expression", "rotation")}


def test_figures_are_means_over_trainings_with_their_deviation(tmp_path: Path) -> None:
    for file, own in zip(seeds.tables("sfms-folds"), (table(1.0, 3.0), table(2.0, 6.0), table(3.0, 6.0))):
        (tmp_path / file).write_text(json.dumps(own))
    assert seeds.files(tmp_path) == [tmp_path / file for file in seeds.tables("sfms-folds")]
    trainings = seeds.read(tmp_path, seeds.tables("sfms-folds"))
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in seeds.rows(trainings, ("measured",))]
    fd, variance = cells[2:]
    # FD: 2 ± 1 beside mimicry's 2.5, which the third alone does not reach. Var of 4: 5 ± √3, before mimicry's 5.5.
    assert fd[3:] == ["1.0000", "2.0000", "3.0000", "2 ± 1", "mimicry, fitted delay, gain, noise, 2.5000", "1 of 3", "1, 1, 2"]
    assert variance[6:] == ["5 ± 1.7", "mimicry, fitted delay, gain, noise, 5.5000", "1 of 3", "1, 2, 2"]
    assert "All pairs" in seeds.page(tmp_path) and "Test pairs" not in seeds.page(tmp_path)


def test_a_table_without_one_of_the_trainings_is_not_stated(tmp_path: Path) -> None:
    (tmp_path / "sfms-folds.json").write_text(json.dumps(table(1.0, 3.0)))
    assert seeds.read(tmp_path, seeds.tables("sfms-folds")) == []


def test_folds_of_another_seed_lie_beside_and_are_trained_from_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setenv("MIEN_WORK", str(tmp_path))
    ran = []
    monkeypatch.setattr(folds, "run", lambda module, *rest: ran.append([module, *map(str, rest)]))
    monkeypatch.setattr("sys.argv", ["folds", "train", "--seed", "12"])
    folds.main()
    assert [own[0] for own in ran] == ["train_tokeniser", "train_predictor", "calibrate", "gain", "export"] * 5
    assert all(own[1:] == ["--seed", "12"] for own in ran if own[0].startswith("train"))
    assert ran[4][-1] == str(tmp_path / "seeds/12/models") and ran[9][-1] == str(tmp_path / "seeds/12/folds/1/models")
    with pytest.raises(SystemExit, match="no listener of seed 13 for fold 0"):
        Fold(0, 13).weights()
    monkeypatch.setattr("sys.argv", ["folds", "train", "--fold", "0"])
    with pytest.raises(SystemExit):
        folds.main()
    assert "--fold 0 ships" in capsys.readouterr().err
