"""What SUHMo's page calls settled, beside how much of it chance alone would call so."""

import pytest

pytest.importorskip("torch")

from mien_training.suhmo.tables_page import ablations, by_chance  # noqa: E402


def seeds(row: str, distances: list[float]) -> dict[str, dict]:
    """Rows of one distance each, over both runs and in both kinds of windows."""
    return {f"{row}-{n}": {run: {f"{k} frames": d for k in (40, 10)} for run in ("40", "80")} for n, d in enumerate(distances)}


def test_a_fair_coin_is_called_settled_as_often_as_all_its_settling_tosses_come() -> None:
    assert by_chance(5) == 0  # 2 of 32 is more than 5 %
    assert by_chance(6) == 2 / 64  # all or none
    assert by_chance(9) == 2 * (1 + 9) / 512  # one may differ


def test_the_page_says_how_many_cells_it_tested_and_how_many_chance_would_settle() -> None:
    six = seeds("suhmo", [2.0] * 6) | seeds("one-window", [1.0, 3, 3, 3, 3, 3]) | seeds("one-sample-judges", [3.0] * 6)
    said = ablations(six)
    assert "Cells tested: 8, of which 0.25 would be settled by chance alone" in said  # 8 of 1 / 32
    assert said.count("is worse") == 4
    three = {name: row for name, row in six.items() if name[-1] in "012"}
    assert "Settled: none is. Cells tested: 8, of which 0.00 would be settled by chance alone" in ablations(three)
