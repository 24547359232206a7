"""`make evaluate` goes on where it was, and the study's tables say what worked-out figures say."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")

from mien_training import evaluate  # noqa: E402
from mien_training.sfms import cards, pictures, reconstruction  # noqa: E402
from mien_training.suhmo.tables import kept, ordered, played  # noqa: E402
from mien_training.suhmo.tables_page import ablations, games, judged, sign_test, verdict  # noqa: E402


def run(monkeypatch: pytest.MonkeyPatch, *more: str) -> None:
    monkeypatch.setattr(sys, "argv", ["evaluate", "--mien", sys.executable, *more])
    evaluate.main()


def test_a_complete_page_is_passed_over_and_a_failed_one_is_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture
) -> None:
    pages = {"sfms-listening": ["this"], "suhmo": ["this"], "sfms-pictures": ["this"]}
    monkeypatch.setattr(evaluate, "DONE", tmp_path / "done.json")
    monkeypatch.setattr(evaluate, "commands", lambda *_: pages)
    monkeypatch.setattr(evaluate.prepare, "ensure", lambda: None)
    out = ["--output", str(tmp_path), "--study", str(tmp_path)]
    run(monkeypatch, *out)
    assert "Beautiful is better than ugly" in (tmp_path / "sfms-listening.md").read_text()
    assert not (tmp_path / "sfms-pictures.md").exists()  # its module writes what it makes
    capfd.readouterr()
    pages["suhmo"] = ["mien_training.no_such_folder_here"]
    monkeypatch.setattr(evaluate, "find_spec", lambda _: True)
    (tmp_path / "best.pt").touch()  # a new run of the study: all is measured again
    with pytest.raises(SystemExit, match="failed: suhmo"):
        run(monkeypatch, *out)
    assert "[1/3] sfms-listening: measuring" in capfd.readouterr().out
    with pytest.raises(SystemExit, match="failed: suhmo"):
        run(monkeypatch, *out)
    said = capfd.readouterr().out
    assert "[1/3] sfms-listening: complete" in said and "[2/3] suhmo: measuring" in said


def test_pictures_follow_their_tables_and_cards_are_of_what_ships(tmp_path: Path) -> None:
    pages = list(evaluate.commands(tmp_path / "mien", evaluate.EVALUATION, tmp_path))
    assert pages.index("sfms-reconstruction") < pages.index("sfms-pictures") and pages[-1] == "sfms-cards"
    elsewhere = evaluate.commands(tmp_path / "mien", tmp_path, tmp_path)
    assert "sfms-cards" not in elsewhere and elsewhere["sfms-pictures"][-1] == str(tmp_path)


def test_the_quantiles_picture_says_which_table_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="sfms-reconstruction.json is not there"):
        pictures.quantiles(tmp_path / "sfms-reconstruction.json", tmp_path / "x.png")


def test_dense_listeners_that_were_trained_here_are_measured_too(tmp_path: Path) -> None:
    assert evaluate.dense_listeners(tmp_path) == []
    models = tmp_path / "listen-vq-dense" / "models-calibrated"
    models.mkdir(parents=True)
    assert evaluate.dense_listeners(tmp_path) == []  # begun, not written
    (models / "sfms-predictor.safetensors").touch()
    assert evaluate.dense_listeners(tmp_path) == [f"dense VQ predictor, with response and calibration={models}"]


def test_runs_that_are_not_complete_in_the_study_keep_their_rows(tmp_path: Path) -> None:
    known = {"standing still": {}, "shipped": {}, "suhmo-1": {"a": 1}, "suhmo-2": {"a": 2}, "mle-1": {"a": 3}}
    assert set(kept(known, None)) == {"suhmo-1", "suhmo-2", "mle-1"}
    for run in ("suhmo-1", "mle-1"):
        (tmp_path / run).mkdir()
    assert set(kept(known, tmp_path)) == {"suhmo-1", "suhmo-2", "mle-1"}  # begun, not complete
    (tmp_path / "suhmo-1" / "done").touch()
    assert kept(known, tmp_path) == {"suhmo-2": {"a": 2}, "mle-1": {"a": 3}}


def figures(value: float) -> dict:
    return {run: {kind: value for kind in ("40 frames", "10 frames")} for run in ("40", "80")}


def test_an_ablation_that_is_not_worse_in_most_seeds_is_named() -> None:
    found = {f"suhmo-{seed}": figures(2.0) for seed in (1, 2, 3)}
    found |= {f"one-window-{seed}": figures(value) for seed, value in ((1, 4.0), (2, 1.0), (3, 1.0))}
    found |= {f"one-step-{seed}": figures(3.0) for seed in (1, 2, 3)}
    said = ablations(found)
    assert "| one-step | 40 frames | 1.50 (1.50, 1.50, 1.50) | 3 of 3 | 1.50 (1.50, 1.50, 1.50) | 3 of 3 |" in said
    assert "| one-window | 40 frames | 0.79 (2.00, 0.50, 0.50) | 1 of 3 |" in said
    assert "one-window over 80 frames" in said and "one-step over" not in said


def test_rows_of_the_study_come_last_and_in_its_order() -> None:
    assert list(ordered({"mle-1": {}, "suhmo-2": {}, "shipped": {}, "suhmo-1": {}})) == ["shipped", "suhmo-2", "suhmo-1", "mle-1"]


def test_six_seeds_that_agree_settle_an_ablation_and_three_do_not() -> None:
    assert sign_test(6, 6) == sign_test(0, 6) == 2 / 64  # two-sided: both ways of agreeing
    assert sign_test(5, 6) == 14 / 64 and sign_test(2, 4) == 1.0
    found = {f"{row}-{seed}": figures(value) for row, value in (("suhmo", 2.0), ("one-step", 3.0)) for seed in range(6)}
    assert "Settled: one-step over 40 frames in windows of 40 frames is worse;" in ablations(found)
    three = {name: row for name, row in found.items() if name[-1] in "012"}
    assert "Settled: none is." in ablations(three)


def test_a_ratio_says_how_far_the_luck_of_seeds_may_carry_it() -> None:
    # means 6 and 10, standard errors 1 and 1: 0.6 * sqrt(1 / 36 + 1 / 100)
    assert verdict([5.0, 7.0], [9.0, 11.0], 0.6) == "0.600 ± 0.117; at most 0.6 is asked: holds."
    assert verdict([7.0], [9.0, 11.0], 0.6) == "0.700; at most 0.6 is asked: does not hold."


def test_the_game_is_seen_beside_the_regression_that_it_began_at() -> None:
    found = {"suhmo-1": {"game": [4.0, 3.0]}, "suhmo-2": {"game": [5.0, 5.5]}, "mle-1": {}}
    assert games(found).splitlines()[2:] == ["| suhmo | 2 | 4.50 (4.00, 5.00) | 4.25 (3.00, 5.50) | 1 of 2 |"]


def test_a_joint_judge_that_parting_does_not_move_is_said_to_see_no_pairs() -> None:
    first = {"joint": [2.0, 1.9, -1.0, -1.2], "lengths": [1.0, 2.0, 3.0, 4.0, 5.0]}
    second = {"joint": [3.0, 3.3, -2.0, -2.0], "lengths": [3.0, 2.0, 3.0, 4.0, 5.5]}
    said = judged({"suhmo-1": first, "suhmo-2": second, "mle-1": {}})
    assert "| 2.50 | 2.60 | -1.50 | -1.60 |" in said
    assert "by 0.20 (real) and 0.10 (made), where real and made are 4.00 apart" in said
    assert "| 3 | 5 | 10 | 20 | 40 |\n| --- | --- | --- | --- | --- |\n| 2.00 | 2.00 | 3.00 | 4.00 | 5.25 |" in said
    assert judged({"mle-1": {}}) == ""


def test_a_game_begins_where_the_judges_no_longer_step_alone() -> None:
    def begun(judge: float) -> list[float]:
        history = [{"step": step, "frechet": 10.0 - step} for step in (2, 4, 6, 8)]
        config = {"loss": {"adversarial": {"frame": judge}}, "train": {"warm_up": 3, "judges_first": 3}}
        return played({"step": 8, "history": history, "config": config})["game"]

    assert begun(1.0) == [4.0, 2.0]  # the check after 6 steps: 3 of regression, 3 of the judges alone
    assert begun(0.0) == [8.0, 2.0]  # no judges: after 2, for the fourth step is the generator's


def test_a_row_that_was_trained_for_fewer_steps_is_named() -> None:
    lines = [{"row": "a", "steps": 700}, {"row": "a", "steps": 700}, {"row": "a-oracle"}, {"row": "b", "steps": 700}]
    assert reconstruction.reached(lines) == "Every row was trained for 700 steps."
    lines.append({"row": "c", "steps": 63})
    assert reconstruction.reached(lines) == "Every row was trained for 700 steps, but for c 63."


def test_a_card_tells_errors_as_shares_of_another_rows() -> None:
    lines = [{"row": row, "k": k, "conversations": error} for row, error in (("a", 1.0), ("b", 4.0)) for k in (3, 7, 10)]
    assert cards.beside(lines, "a", "b") == "0.25 at k = 3, 0.25 at k = 7 and 0.25 at k = 10"
