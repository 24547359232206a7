"""Trains and exports the SFMS listener from the recordings: ``python -m mien_training.sfms.train [--config FILE]``.

Track cache, tokeniser, predictor, calibration, gain of the response, weight files, in this order; each step resumes or is
skipped where it is done. Then ``mien_training.sfms.golden --shipped`` makes the golden files and ``mien_training.sfms.cards``
the cards.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from ..data.cache import SOURCES, cache_folder
from .config import work_root
from .gain import CONFIG


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, help="instead of mien_training/sfms/sfms.yaml, such as a copy with another data line")
    arguments = parser.parse_args()
    if arguments.config and not arguments.config.is_file():
        parser.error(f"--config: {arguments.config} is not there, expected a copy of mien_training/sfms/sfms.yaml")
    chosen = ["--config", str(arguments.config)] if arguments.config else []
    modules = ["sfms.train_tokeniser", "sfms.train_predictor", "sfms.calibrate", "sfms.gain"]
    if not all((cache_folder() / f"{source}.npz").exists() for source in SOURCES):
        modules.insert(0, "data.prepare")
    steps = [[module, *(chosen if module.startswith("sfms") else [])] for module in modules]
    steps.append(["sfms.export", "--config", str(work_root() / CONFIG), "--half"])
    for module, *rest in steps:
        subprocess.run([sys.executable, "-m", f"mien_training.{module}", *rest], check=True)


if __name__ == "__main__":
    main()
