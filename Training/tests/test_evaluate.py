"""`make evaluate` goes on where it was, and the study's tables say what worked-out figures say."""

import json
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")

from mien_training import evaluate  # noqa: E402
from mien_training.sfms import cards, pictures, reconstruction, seeds  # noqa: E402
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


def measuring(monkeypatch: pytest.MonkeyPatch, folder: Path, *pages: str) -> Path:
    """Pages that a module without recordings writes; the default output is a folder of its own."""
    monkeypatch.setattr(evaluate, "DONE", folder / "done.json")
    monkeypatch.setattr(evaluate, "EVALUATION", folder / "default")
    monkeypatch.setattr(evaluate, "commands", lambda *_: {page: ["this"] for page in pages})
    monkeypatch.setattr(evaluate.prepare, "ensure", lambda: None)
    return folder / "done.json"


def test_a_page_is_complete_in_its_own_output_folder_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture
) -> None:
    done = measuring(monkeypatch, tmp_path, "sfms-listening")
    for folder in ("default", "other"):
        for said in ("measuring", "complete"):
            run(monkeypatch, "--output", str(tmp_path / folder), "--study", str(tmp_path))
            assert f"sfms-listening: {said}" in capfd.readouterr().out
        assert (tmp_path / folder / "sfms-listening.md").exists()
    assert list(json.loads(done.read_text())) == ["sfms-listening", f"sfms-listening in {tmp_path / 'other'}"]


@pytest.mark.parametrize("page, part", [("sfms-seeds", seeds.tables("sfms-folds")), ("retrained", ("suhmo.json", "suhmo-again.json"))])
def test_a_page_without_its_tables_fails_and_names_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture, page: str, part: tuple[str, ...]
) -> None:
    done = measuring(monkeypatch, tmp_path, page)
    out = tmp_path / "tables"
    out.mkdir()
    (out / part[0]).write_text("{}")  # the first of them alone makes no part of the page
    for _ in range(2):
        with pytest.raises(SystemExit, match=f"failed: {page}"):
            run(monkeypatch, "--output", str(out))
    said = capfd.readouterr().err.splitlines()
    assert len(said) == 2 and said[0].startswith(f"[1/1] {page}: there is no ") and said[0].endswith(f" in {out}, which it is made from")
    assert all(name in said[0] for name in (*part[1:], "sfms-listening-12.json")) and f" {part[0]}" not in said[0]
    assert not (out / f"{page}.md").exists() and not done.exists()
    for name in part:
        (out / name).write_text("{}")
    run(monkeypatch, "--output", str(out))  # one part is a page
    assert (out / f"{page}.md").exists() and f"{page} in {out}" in done.read_text()


def test_the_tables_that_ship_suffice_for_their_pages() -> None:
    assert not evaluate.lacking("sfms-seeds", evaluate.EVALUATION) and not evaluate.lacking("retrained", evaluate.EVALUATION)


def test_networks_are_passed_to_suhmos_page_and_it_follows_from_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture
) -> None:
    i3d, inception = tmp_path / "i3d.pt", tmp_path / "inception.pt"
    pages = evaluate.commands(tmp_path / "mien", tmp_path, tmp_path, {"i3d": i3d, "inception": inception})
    assert pages["suhmo"][-4:] == ["--i3d", str(i3d), "--inception", str(inception)]
    assert not any("--i3d" in command for page, command in pages.items() if page != "suhmo")
    asked = []
    measuring(monkeypatch, tmp_path)
    monkeypatch.setattr(evaluate, "commands", lambda *given: asked.append(given[3]) or {"suhmo": ["this"], "suhmo-card": ["this"]})
    out = ["--output", str(tmp_path / "tables"), "--study", str(tmp_path)]
    i3d.write_text("a network")
    run(monkeypatch, *out)
    capfd.readouterr()
    for text in ("a network", "another"):
        i3d.write_text(text)
        run(monkeypatch, *out, "--i3d", str(i3d))
        said = capfd.readouterr().out
        assert "suhmo: measuring" in said and "suhmo-card: complete" in said
    run(monkeypatch, *out, "--i3d", str(i3d))
    assert "suhmo: complete" in capfd.readouterr().out
    assert asked == [{}, *[{"i3d": i3d}] * 3]


@pytest.mark.parametrize(
    "more, said",
    [
        (["--mien", "."], "^. is a folder, expected the Swift binary"),
        (["--mien", "no-such-binary"], "no-such-binary is not there, expected the Swift binary"),
        (["--study", "no-such-study"], "--study: no-such-study is not there"),
        (["--i3d", "no-such-network"], "--i3d: .*no-such-network is not there"),
        (["--only", "no-such-page"], "2"),
    ],
)
def test_what_is_asked_wrongly_is_refused_before_anything_is_done(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture, more: list[str], said: str
) -> None:
    measuring(monkeypatch, tmp_path, "suhmo")
    monkeypatch.setattr(evaluate.prepare, "ensure", lambda: pytest.fail("recordings were prepared"))
    with pytest.raises(SystemExit, match=said):
        run(monkeypatch, "--output", str(tmp_path / "tables"), *more)
    assert not (tmp_path / "tables").exists()
    assert more[0] != "--only" or "--only: found no-such-page, expected suhmo" in capfd.readouterr().err


def test_a_study_that_is_not_named_need_not_be_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    measuring(monkeypatch, tmp_path, "suhmo")
    monkeypatch.setattr(evaluate, "digest", lambda mien, study, tables: str(study))
    run(monkeypatch, "--output", str(tmp_path / "tables"))
    assert str(evaluate.ROOT / "runs") in (tmp_path / "done.json").read_text()


def test_every_option_says_what_it_is_for(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.setattr(sys, "argv", ["evaluate", "--help"])
    with pytest.raises(SystemExit):
        evaluate.main()
    said = " ".join(capsys.readouterr().out.split())
    assert "--output OUTPUT the folder that tables and pictures are written to" in said and "--i3d FILE TorchScript of Kinetics" in said


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
