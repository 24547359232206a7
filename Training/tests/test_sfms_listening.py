"""The listening table's rows and places, by figures worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from mien_training.sfms import pictures  # noqa: E402
from mien_training.sfms.listening import certain, untrained  # noqa: E402
from mien_training.sfms.listening_page import COLUMNS, LEGEND, about_nearest, nearest, page, verdict  # noqa: E402
from mien_training.sfms.rows import BORROWED, LEARNT, NOISE, REAL, learnable, order  # noqa: E402
from mien_training.sfms.talk import Talk, faces  # noqa: E402


def rows(key: str, **values: float) -> dict[str, dict[str, float]]:
    names = {"real": REAL[0], "other": REAL[1], "learnt": LEARNT, "noise": NOISE, "own": "SFMS", "copy": "mimicry, at the best delay"}
    return {names[name]: {key: value} for name, value in values.items()}


def test_a_distance_is_the_better_the_less_and_a_spread_the_nearer_to_the_truth():
    assert order("rotation", rows("fd", real=0, noise=2, own=1), "fd") == ["SFMS", NOISE]
    assert order("rotation", rows("variance", real=3, noise=3.5, own=1), "variance") == [NOISE, "SFMS"]


def test_a_copy_has_no_place_where_its_smiles_are_the_real_ones():
    found = rows("variance", real=3, noise=5, own=4, copy=3)
    assert order("measured", found, "variance") == ["SFMS", NOISE]
    assert order("rotation", found, "variance") == ["mimicry, at the best delay", "SFMS", NOISE]


def test_references_have_no_place_but_what_could_be_learned_is_told():
    found = {"expression": rows("si", real=2, other=2, learnt=2.3, noise=1.8, own=2.1)}
    cells = [cell.strip() for cell in nearest(found)[-1].strip("|").split("|")]
    assert cells == ["52 coefficients", "SI", "2.0000", "2.1000", f"{NOISE}, 1.8000", "1 of 2", "", "", "", "2"]
    assert "| nearest on SI | holds |" in verdict(found)
    assert "| nearest on RPCC | not sensed |" in verdict(found)


def test_the_place_of_all_is_told_where_dense_rows_borrow_the_response():
    found = {"expression": rows("si", real=2, other=2, learnt=2.3, noise=1.8, own=2.1)}
    assert "place of all" not in nearest(found)[0] and "Place of all" not in about_nearest(found)
    found["expression"]["dense" + BORROWED] = {"si": 2.05}
    assert "place of all" in nearest(found)[0] and "Place of all" in about_nearest(found)
    cells = [cell.strip() for cell in nearest(found)[-1].strip("|").split("|")]
    assert cells[5:] == ["1 of 2", "", "", "", "2 of 3", "2"]


def test_what_one_distribution_for_all_has_at_best_stands_beside_fd():
    found = {"expression": rows("fd", real=0, other=2, learnt=2.3, noise=1.8, own=1.6)}
    found["expression"][REAL[0]] |= {"fd_one_for_all": 1.25, "fd_taught": 1.5}
    cells = [cell.strip() for cell in nearest(found)[-1].strip("|").split("|")]
    assert cells[5:] == ["1 of 2", "", "1.2500", "1.5000", "2"]


def test_what_training_partners_teach_is_measured_on_those_who_are_answered():
    # Training partners have means 0 and 2 and no variance, so that the one nearest to both is at 1 and still; from partners of
    # mean 1 and 4 who do not move either it is 0 and 9 away, in each of the two channels.
    still = lambda *levels: np.stack([np.full((6, 58), level) for level in levels])  # noqa: E731
    found = learnable(still(1, 4), still(0, 2))
    assert found["measured"] == pytest.approx([0, 18], abs=1e-9)
    assert found["rotation"] == pytest.approx([0, 27], abs=1e-9)


def test_a_share_stays_where_the_best_baseline_is_not_at_hand_and_nothing_changed():
    talks = [Talk("s1", "t1", (np.zeros((6, 4), np.float32),) * 2, (np.zeros((6, 58), np.float32),) * 2)]
    still = np.zeros((2, 6, 58), np.float32)

    def shares(before: dict) -> dict:
        found = {"rotation": rows("fd", real=0, other=1, learnt=1, noise=1.5, own=2)}
        certain(found, {}, still, still, {"rotation": None}, talks, before)
        return {key: value for key, value in found["rotation"]["SFMS"].items() if key.endswith("_sure")}

    before = {"rotation": rows("fd", real=0, other=1, learnt=1, noise=1.5, own=2 + 1e-9)}
    assert shares({}) == shares(before) == {}
    before["rotation"]["SFMS"]["fd_sure"] = 0.25
    assert shares(before) == {"fd_sure": 0.25}
    before["rotation"][NOISE]["fd"] = 1.51
    assert shares(before) == {}


def test_every_column_of_a_page_is_explained_on_it():
    found = {"rotation": rows("fd", real=0, other=1, learnt=1, noise=2, own=1)}
    said = page(found, "")
    assert "- **FD**: Fréchet distance" in said and "- **lag s**" not in said and "- **±**: " in said
    assert set(COLUMNS) - set(LEGEND) == {"paired_fd_pooled", "si_pooled"}  # told with the others pooled
    assert "±3.00 is the edge of the search" in LEGEND["lag_s"]


def test_a_training_listeners_segment_is_one_of_them_as_it_was():
    random = np.random.default_rng(3)
    part = lambda: tuple(random.random((60, count), np.float32) for count in (4, 4))  # noqa: E731
    talks = [Talk("s1", f"t{n}", tuple(random.random((60, 58), np.float32) for _ in (0, 1)), part()) for n in range(3)]
    partners = faces(talks)[2]
    draws = untrained(talks, np.zeros((8, 55, 58), np.float32), 2)[LEARNT]
    places = [[next(n for n, own in enumerate(partners) if (own[:55] == one).all()) for one in draw] for draw in draws]
    assert len(draws) == 2 and places[0] != places[1] and len(set(places[0])) > 2


def test_a_picture_names_the_conversation_and_who_speaks():
    empty = np.zeros((3, 4), np.float32)
    talks = [Talk(pair, name, (empty, empty), (empty, empty)) for pair, name in (("s1", "one"), ("s2", "two"))]
    assert pictures.direction(talks, 3) == "pair s2, conversation two, b as the speaker"
