"""The shipped conversation is what its script makes."""

from pathlib import Path

import numpy as np

from mien_training.authoring.conversation import author

SHIPPED = Path(__file__).parents[2] / "Tracks" / "conversation.csv"


def test_the_script_makes_the_shipped_track():
    header, rows = author()
    lines = SHIPPED.read_text().splitlines()
    assert lines[0].split(",") == header
    assert len(lines) == len(rows) + 1
    shipped = np.array([[float(cell or "nan") for cell in line.split(",")] for line in lines[1:]])
    made = np.array([[float(cell or "nan") for cell in row] for row in rows])
    # Other versions of numpy may round the last digit the other way.
    np.testing.assert_allclose(made, shipped, atol=2e-3, rtol=2e-3)
