"""What is said of a second training, by figures worked out by hand."""

import json
import math
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")

from mien_training import evaluate, retrained  # noqa: E402


def study(*speeds: float, weights: str = "") -> dict:
    """Runs of one row whose 40-frame distance is ten times their speed."""
    seeds = enumerate(speeds, 1)
    return {f"mle-{n}": {"speed": s, "40": {"40 frames": 10 * s}, "steps": 7, "weights": f"{weights}{n}"} for n, s in seeds}


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def compared(before: dict, after: dict, rows: list[str] | None = None) -> list[str]:
    found = retrained.trained_anew([before], after, rows)
    return retrained.compared(found, {row: retrained.same_weights(before, after, row) for row in found})


def test_means_are_held_against_the_stated_deviation_of_seeds() -> None:
    before, after = study(1.0, 2.0, 3.0, weights="a"), study(3.0, 3.5, 4.0, weights="b")  # 2 ± 1, then 3.5: 1.5 off
    line = cells(compared(before, after)[-1])
    assert line[:7] == ["mle", "2", "3, 3", "0%", "65%", "100%", "+1.50"]
    near = cells(compared(before, study(1.5, 2.0, 3.5))[-1])
    assert near[3] == "100%" and near[6] == "+0.33"


def test_two_means_of_six_seeds_lie_within_a_deviation_in_six_of_seven_cases() -> None:
    angle = math.atan(math.sqrt(3 / 5))  # |t₅| < √3, by Student's sum for five degrees of freedom
    share = 2 / math.pi * (angle + math.sin(angle) * (math.cos(angle) + 2 / 3 * math.cos(angle) ** 3))
    assert retrained.expected(6, 6) == pytest.approx(share) == pytest.approx(0.8562, abs=1e-4)
    assert retrained.expected(2, 2) == pytest.approx(0.5)  # |t₁| < 1: Cauchy's quartiles


def test_rows_that_were_not_trained_anew_are_left_out_and_equal_weights_are_counted() -> None:
    before = study(1.0, 2.0, 3.0)
    assert len(compared(before, before)) == 2  # the heading alone
    after = before | {"mle-2": study(5.0, 6.0, weights="b")["mle-2"]}
    assert cells(compared(before, after)[-1])[2] == "3, 3 (2 bit for bit)"


def test_the_reconstruction_studys_errors_are_told_as_shares_of_the_stated() -> None:
    line = lambda row, placement, k, *errors: {  # noqa: E731
        "row": row, "placement": placement, "k": k, "steps": 7, "bits_per_second": 100.0 + k, **dict(zip(("conversations", "heads", "faces"), errors)),
    }  # fmt: skip
    before = [line("fine-dynamic", "exact", 3, 1.0, 2.0, 4.0), line("fine-static", "static", 3, 5.0, 5.0, 5.0)]
    after = [line("fine-dynamic", "exact", 3, 2.0, 2.0, 2.0), line("fine-static", "static", 3, 5.0, 5.0, 6.25)]
    found = [cells(own) for own in retrained.reconstructed(before, after)[2:]]
    # 2, 1 and a half; 1, 1 and 1.25; the sixth root of 1.25 is 1.038.
    assert found[0] == ["five groups, fine codes: dynamic", "3", "1", "0.500", "1.000", "2.000"]
    assert found[1][1:] == ["3", "2", "1.000", "1.077", "1.250"] and found[2] == ["all", "6", "3", "0.500", "1.038", "2.000"]
    said = retrained.section("The study", [before], after)
    assert said.startswith("## The study\n") and "On all three kinds of recordings it holds in 1 of 1 rows" in said  # 2 of 5, 2 of 6.25


def test_listeners_are_read_with_the_spread_of_their_draws() -> None:
    own = {"fd_spread": 0.1, "r": 1.0}
    table = lambda fd: {"measured": {"SFMS": own | {"fd": fd}, "mean face": {"fd": 2.0}}}  # noqa: E731
    line = cells(compared(table(1.0), table(0.75))[-1])
    assert line[:4] == ["SFMS", "1", "3, 3", "0%"] and line[7] == "-2.50 (measured, fd)"
    assert len(compared(table(1.0), table(0.75), rows=["another"])) == 2
    lines = retrained.side_by_side(retrained.trained_anew([table(1.0)], table(0.75)), ["measured, fd"])
    assert lines[2:] == ["| SFMS | stated | 1 ± 0.1 |", "| SFMS | again | 0.75 ± 0.1 |"]


def test_listeners_of_several_trainings_have_their_deviation() -> None:
    table = lambda fd: {"measured": {"SFMS": {"fd": fd, "fd_spread": 9.0, "fd_sure": 0.5}, "mean face": {"fd": 2.0}}}  # noqa: E731
    found = retrained.trained_anew([table(fd) for fd in (1.0, 2.0, 3.0)], table(3.5))  # 2 ± 1, then 3.5
    assert cells(retrained.compared(found, {})[-1]) == ["SFMS", "1", "3, 1", "0%", "52%", "100%", "+1.50", "+1.50 (measured, fd)"]
    assert retrained.side_by_side(found, ["measured, fd"])[2:] == ["| SFMS | stated | 2 ± 1 |", "| SFMS | again | 3.5 |"]


def test_what_was_measured_otherwise_is_left_out() -> None:
    table = lambda value: {"measured": {"SFMS": {key: value for key in ("fd", "speed")} | {"fd_spread": 0.1, "speed_spread": 0.1}}}  # noqa: E731
    assert set(retrained.trained_anew([table(1.0)], table(2.0))["SFMS"]) == {"measured, fd", "measured, speed"}
    assert set(retrained.trained_anew([table(1.0)], table(2.0), otherwise=", speed")["SFMS"]) == {"measured, fd"}


def test_a_row_that_was_never_stated_is_named() -> None:
    table = lambda fd, *names: {"measured": {name: {"fd": fd, "fd_spread": 0.1} for name in names}}  # noqa: E731
    said = retrained.section("Dense", [table(1.0, "VQ")], table(2.0, "VQ", "FSQ"), ["VQ", "FSQ"])
    assert "Not compared, for what is stated has no such row: FSQ." in said and "| VQ | stated | " in said
    assert "Not compared" not in retrained.section("Dense", [table(1.0, "VQ")], table(2.0, "VQ"), ["VQ"])


def test_the_page_is_made_anew_when_a_table_that_it_reads_changes(tmp_path: Path) -> None:
    assert retrained.tables(tmp_path) == []
    (tmp_path / "suhmo.json").write_text("{}")
    (tmp_path / "sfms-calibration.json").write_text("{}")
    assert retrained.tables(tmp_path) == [tmp_path / "suhmo.json"]
    digests = set()
    for text in ("{}", "[]"):
        (tmp_path / "suhmo.json").write_text(text)
        digests.add(evaluate.digest(Path(sys.executable), tmp_path, retrained.tables(tmp_path)))
    assert len(digests) == 2


def test_a_study_is_judged_by_its_second_training_alone() -> None:
    runs = lambda row, size: {  # noqa: E731
        f"{row}-{n}": {place: {kind: size * n for kind in ("40 frames", "10 frames")} for place in ("40", "80", "strangers 40", "strangers 80")}
        for n in (1, 2)
    }
    said = retrained.section("A study", [runs("suhmo", 9.0) | runs("mle", 10.0)], runs("suhmo", 2.0) | runs("mle", 10.0))
    assert "SUHMo over mle, 40 frames, all: 0.200" in said and "0.900" not in said


def test_tables_that_cannot_be_compared_are_refused(tmp_path: Path, monkeypatch, capsys) -> None:
    one, other, text = (tmp_path / name for name in ("study.json", "listeners.json", "page.md"))
    one.write_text(json.dumps(study(1.0, 2.0)))
    other.write_text(json.dumps({"measured": {}}))
    text.write_text("# A page")
    for files, said in (([one], "expected at least two"), ([one, other], "two different models"), ([one, text], "page.md")):
        monkeypatch.setattr(sys, "argv", ["retrained", *map(str, files)])
        with pytest.raises(SystemExit) as refused:
            retrained.main()
        assert refused.value.code == 2 and said in capsys.readouterr().err
