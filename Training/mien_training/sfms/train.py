"""Trains and exports the SFMS listener from the recordings: ``python -m mien_training.sfms.train``.

Track cache, tokeniser, predictor, calibration, weight files, in this order; each step resumes or is skipped where it is done. Then
``mien_training.sfms.golden --shipped`` makes the golden files and ``mien_training.sfms.cards`` the cards.
"""

from __future__ import annotations

import subprocess
import sys

from ..data.cache import SOURCES, cache_folder


def main() -> None:
    steps = ["sfms.train_tokeniser", "sfms.train_predictor", "sfms.calibrate", "sfms.export --half"]
    if not all((cache_folder() / f"{source}.npz").exists() for source in SOURCES):
        steps.insert(0, "data.prepare")
    for step in steps:
        name, *arguments = step.split()
        subprocess.run([sys.executable, "-m", f"mien_training.{name}", *arguments], check=True)


if __name__ == "__main__":
    main()
