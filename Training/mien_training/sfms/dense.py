"""The listening baselines with a token every frame: ``python -m mien_training.sfms.dense vq-dense [--minutes M]``.

``vq-dense`` is a dense VQ predictor in the manner of Learning2Listen (whose tokens cover 8 frames; here one does),
``large-dense`` a dense FSQ predictor of 1,000 codes. The study's tokeniser of that row, and the listener's own predictor, data,
steps and choice of checkpoint. Writes two folders of weights beside the checkpoints, which ``mien generate listener --models``
answers from, for ``mien_training.sfms.listening --also``: ``models``, which draws without a response to the speaker and shows
what it draws, and ``models-calibrated`` with the listener's response and a calibration of its own, chosen by the listener's
rule (``mien_training.sfms.calibrate``).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from .config import read, work_root
from .export import filled
from .study import ROWS, STUDY, folder

#: Folders of weights: as it draws, and with response and calibration.
PLAIN, CALIBRATED = "models", "models-calibrated"


def configuration(row: str, place: Path) -> Path:
    """The listener's configuration with a row's tokeniser, written to a folder."""
    tree = read()
    tree["tokeniser"] = read(STUDY)["tokeniser"] | ROWS[row]
    path = place / "listener.yaml"
    path.write_text(yaml.safe_dump(tree))
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("row", choices=["vq-dense", "large-dense", "small-dense"])
    parser.add_argument("--minutes", type=float, default=1e9)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="of the training")
    parser.add_argument("--only", choices=["train", "plain", "calibrate"], help="one part of it")
    arguments = parser.parse_args()
    place = work_root() / f"listen-{arguments.row}"
    place.mkdir(exist_ok=True)
    config = configuration(arguments.row, place)
    run = lambda module, *rest: subprocess.run(  # noqa: E731
        [sys.executable, "-m", f"mien_training.sfms.{module}", "--config", config, *rest],
        check=True, env=os.environ | {"MIEN_WORK": str(place)},
    )
    if arguments.only in (None, "train"):
        shutil.copy(folder() / f"{arguments.row}.pt", place / "sfms-tokeniser.pt")
        run("train_predictor", "--minutes", str(arguments.minutes), "--device", arguments.device)
    if arguments.only in (None, "plain"):
        run("export", "--half", "--plain", "--models", filled(place / PLAIN))
    if arguments.only in (None, "calibrate"):
        run("calibrate")
        run("export", "--half", "--models", filled(place / CALIBRATED))


if __name__ == "__main__":
    main()
