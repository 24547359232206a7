"""The figures of fixations, against ones worked out by hand."""

import pytest

pytest.importorskip("numpy")

from mien_training.behaviour.gaze import figures


def test_gaps_and_spread_by_hand():
    # Positions 0, 40, ..., 4000 px: the middle half is 2000 px wide, 50 degrees, 50 / 1.349 = 37.06 of deviation.
    rows = [
        {"subject": "0", "duration_ms": "200", "pause_ms": "300", "x_px": str(40 * place), "y_px": "7"} for place in range(101)
    ]
    found = figures(rows)
    assert found["gap_median_s"] == pytest.approx(0.5)
    assert found["gap_log_deviation"] == pytest.approx(0, abs=1e-12)
    assert found["across_deg"] == pytest.approx(50 / 1.349)
    assert found["down_deg"] == 0
