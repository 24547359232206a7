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


#: What trains networks, alone or in several processes; everything after it runs on one core.
TRAINED = ("sfms.train_tokeniser", "sfms.train_predictor")


def launched(module: str, processes: int) -> list[str]:
    """The command that runs a module of this package, where it trains in so many processes."""
    name = f"mien_training.{module}"
    if processes == 1 or module not in TRAINED:
        return [sys.executable, "-m", name]
    return [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes), "-m", name]


def seeded(seed: int | None) -> list[str]:
    """What asks for a seed, if it is another than the configuration's."""
    return [] if seed is None else ["--seed", str(seed)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, help="instead of mien_training/sfms/sfms.yaml, such as full.yaml or a copy with another data line")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="of the training; all else runs on the CPU")
    parser.add_argument("--processes", type=int, default=1, help="that share each batch of the training, as by torchrun")
    parser.add_argument("--seed", type=int, help="instead of the configuration's")
    arguments = parser.parse_args()
    if arguments.config and not arguments.config.is_file():
        parser.error(f"--config: {arguments.config} is not there, expected a copy of mien_training/sfms/sfms.yaml")
    if arguments.processes < 1:
        parser.error(f"--processes is {arguments.processes}, expected at least 1")
    chosen = ["--config", str(arguments.config)] if arguments.config else []
    modules = [*TRAINED, "sfms.calibrate", "sfms.gain"]
    if not all((cache_folder() / f"{source}.npz").exists() for source in SOURCES):
        modules.insert(0, "data.prepare")
    steps = []
    for module in modules:
        own = [*seeded(arguments.seed), "--device", arguments.device] if module in TRAINED else []
        steps.append([*launched(module, arguments.processes), *(chosen if module.startswith("sfms") else []), *own])
    steps.append([*launched("sfms.export", 1), "--config", str(work_root() / CONFIG), "--half"])
    for command in steps:
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
