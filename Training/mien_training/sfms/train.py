"""Trains and exports the SFMS listener from the recordings: ``python -m mien_training.sfms.train [--config FILE]``.

Track cache, tokeniser, predictor, calibration, gain of the response, weight files, in this order; each step resumes or is
skipped where it is done. The run that is written down in ``sfms.yaml``, with nothing changed, writes to ``Models``; any other to
``models`` beside its checkpoints, or where ``--models`` says. Then ``mien_training.sfms.golden --shipped`` makes the golden files
and ``mien_training.sfms.cards`` the cards.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from ..data.cache import SOURCES, cache_folder
from ..run.errors import in_a_line
from .config import MODELS, read, work_root
from .dataset import RECORDINGS
from .export import filled
from .gain import CONFIG
from .splits import FOLD


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


def is_written(config: Path | None, seed: int | None) -> bool:
    """Whether a run is the one that ``sfms.yaml`` describes, and whose weights ship: its entries, its seed, the split's pairs."""
    written = read()
    return read(config) == written and seed in (None, written["seed"]) and os.environ.get(FOLD, "0") == "0"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, help="instead of mien_training/sfms/sfms.yaml, such as full.yaml or a copy with another data line")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="of the training; all else runs on the CPU")
    parser.add_argument("--processes", type=int, default=1, help="that share each batch of the training, as by torchrun")
    parser.add_argument("--seed", type=int, help="instead of the configuration's")
    parser.add_argument("--afresh", action="store_true", help="train both networks again where a run that was stopped would go on")
    parser.add_argument("--models", type=Path, help="the weights' folder (default: Models for the run of sfms.yaml, else models in MIEN_WORK)")
    arguments = parser.parse_args()
    if arguments.config and not arguments.config.is_file():
        parser.error(f"--config: {arguments.config} is not there, expected a copy of mien_training/sfms/sfms.yaml")
    if arguments.processes < 1:
        parser.error(f"--processes is {arguments.processes}, expected at least 1")
    with in_a_line():
        data, ships = read(arguments.config)["data"], is_written(arguments.config, arguments.seed)
    folder = arguments.models.resolve() if arguments.models else MODELS if ships else work_root() / "models"
    chosen = ["--config", str(arguments.config)] if arguments.config else []
    again = ["--afresh"] if arguments.afresh else []
    modules = [*TRAINED, "sfms.calibrate", "sfms.gain"]
    if data == RECORDINGS and not all((cache_folder() / f"{source}.npz").exists() for source in SOURCES):
        modules.insert(0, "data.prepare")
    steps = []
    for module in modules:
        own = [*seeded(arguments.seed), "--device", arguments.device, *again] if module in TRAINED else []
        steps.append([*launched(module, arguments.processes), *(chosen if module.startswith("sfms") else []), *own])
    steps.append([*launched("sfms.export", 1), "--config", str(work_root() / CONFIG), "--half"])
    if folder != MODELS:
        with in_a_line():
            filled(folder)
        print(f"the weights go to {folder}" + ("" if ships else ": the run is not that of sfms.yaml, whose weights are in Models"), flush=True)
        steps[-1] += ["--models", str(folder)]
    if not ships:
        steps[-1].append("--weights-only")
    for command in steps:
        try:
            subprocess.run(command, check=True)
        except subprocess.CalledProcessError as error:
            raise SystemExit(error.returncode) from None  # the step has said why


if __name__ == "__main__":
    main()
