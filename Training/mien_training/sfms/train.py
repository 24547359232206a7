"""Trains and exports the SFMS listener from the recordings: ``python -m mien_training.sfms.train``.

Track cache, tokeniser, predictor, calibration, gain of the response, weight files, in this order; each step resumes or is
skipped where it is done. Then ``mien_training.sfms.golden --shipped`` makes the golden files and ``mien_training.sfms.cards``
the cards.
"""

from __future__ import annotations

import subprocess
import sys

from ..data.cache import SOURCES, cache_folder
from .config import work_root
from .gain import CONFIG


def main() -> None:
    modules = ["sfms.train_tokeniser", "sfms.train_predictor", "sfms.calibrate", "sfms.gain"]
    if not all((cache_folder() / f"{source}.npz").exists() for source in SOURCES):
        modules.insert(0, "data.prepare")
    steps = [[module] for module in modules] + [["sfms.export", "--config", str(work_root() / CONFIG), "--half"]]
    for module, *arguments in steps:
        subprocess.run([sys.executable, "-m", f"mien_training.{module}", *arguments], check=True)


if __name__ == "__main__":
    main()
