"""What the reconstruction page says of its table, by figures worked out by hand."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("torch")

from mien_training.sfms import cards, reconstruction  # noqa: E402
from mien_training.sfms.config import MODELS  # noqa: E402
from mien_training.sfms.reconstruction import KINDS, beside_nothing, dense_verdict, equal_k_verdict, share, verdict  # noqa: E402


def line(row: str, k: int, bits: float, *errors: float) -> dict:
    placement = {"dynamic": "exact"}.get(row.partition("-")[2], row.partition("-")[2])
    return {"row": row, "k": k, "placement": placement, "bits_per_second": bits, **dict(zip(KINDS, errors))}


LINES = [
    line("fine-dynamic", 3, 100, 1.0, 1.0, 1.0), line("fine-dynamic", 7, 300, 0.505, 0.1, 0.1),
    line("fine-static", 3, 90, 2.0, 4.0, 5.0), line("fine-static", 7, 290, 1.0, 1.0, 1.0), line("fine-static", 8, 310, 0.9, 0.9, 0.9),
    line("fine-static", 4, 110, 1.5, 2.0, 0.8),
    line("two-dense", 48, 120, 5.0, 5.0, 5.0), line("quad-dense", 48, 250, 6.0, 5.0, 4.0),
]  # fmt: skip


def test_a_share_has_the_digits_that_tell_it_from_a_limit():
    assert share(0.505, 0.5) == "0.51" and share(0.503, 0.5) == "0.503" and share(0.50004, 0.5, 1) == "0.50004"
    assert share(0.5, 0.5) == "0.50" and share(0.503) == "0.50" and share(0.998, 0.5, 1) == "0.998"


def test_half_of_static_keyframes_error_is_asked_at_equal_k():
    said = equal_k_verdict(LINES)
    assert "holds in 1 of 2 rows" in said[0]
    assert said[2] == "- five groups, fine codes: k = 3"  # 0.5 itself is at most half
    assert said[-1] == "- five groups, fine codes, k = 7, not on conversations: conversations 0.51, heads 0.10, faces 0.10"


def test_dynamic_rows_that_no_dense_row_is_as_dear_as_are_named():
    assert [one["k"] for one in beside_nothing(LINES, "dense")] == [7] and beside_nothing(LINES, "static") == []
    said = verdict(LINES)
    assert "in 2 of 3 comparisons: 1 of 2 with static ones and 1 of 1 with dense ones." in said[0]
    assert said[-1].endswith("compared with static ones alone: five groups, fine codes, k = 7 (300 bits/s).")
    assert "(the dearest has 250 bits/s) as 1 of the 2 dynamic ones" in said[-1]


def test_dense_rows_that_more_bits_do_not_help_are_told():
    rows = [one for one in dense_verdict(LINES) if one.startswith("| five")]
    assert rows == [
        "| five groups, 2 codes | 120 |  |  | 1 |",
        "| five groups, 4 codes | 250 | faces | conversations, heads | 0 |",
    ]


def test_the_page_is_of_its_table():
    folder = MODELS / "evaluation"
    lines = json.loads((folder / "sfms-reconstruction.json").read_text())
    assert (folder / "sfms-reconstruction.md").read_text().rstrip("\n") == reconstruction.page(lines)


def test_a_card_says_for_which_k_a_row_is_held_beside_dense_ones():
    assert cards.dearer(LINES, "fine-dynamic") == (
        "0.11 to 1.25 of static ones' error, and 0.20 to 0.20 of dense tokens' (k = 3; no dense row costs as much as k = 7)"
    )
