"""The listening baselines with a token every frame: ``python -m mien_training.sfms.dense vq-dense [--minutes M]``.

``vq-dense`` is a dense VQ predictor in the manner of Learning2Listen (whose tokens cover 8 frames; here one does),
``large-dense`` a dense FSQ predictor of 1,000 codes. The study's tokeniser of that row, and the listener's own predictor, data,
steps and choice of checkpoint. Writes answers to the test speakers for ``mien_training.sfms.listening --also``: ``made.npz`` as
the predictor draws, without a response to the speaker, and ``made-calibrated.npz`` with the listener's response and a
calibration of its own, chosen by the listener's rule (``mien_training.sfms.calibrate``).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import yaml

from . import checkpoint
from .calibrate import drawn, shown
from .config import load, work_root
from .dataset import part
from .evaluate import listen
from .export import load_calibration, load_predictor
from .listening import faces
from .stream import Sampling, shipped_sampling
from .study import ROWS, STUDY, folder
from .train_predictor import load_tokeniser


def configuration(row: str, place: Path) -> Path:
    """The listener's configuration with a row's tokeniser, written to a folder."""
    own = Path(__file__).with_name("sfms.yaml")
    tree = yaml.safe_load(own.read_text())
    tree["tokeniser"] = yaml.safe_load(STUDY.read_text())["tokeniser"] | ROWS[row]
    path = place / "listener.yaml"
    path.write_text(yaml.safe_dump(tree))
    return path


def answers(path: Path, config, sampling: Sampling, seeds: int) -> np.ndarray:
    """What the trained predictor draws for the test speakers, uncalibrated, (seeds, N, T, 58); cached."""
    if not path.exists():
        tokeniser = load_tokeniser(config)
        predictor = load_predictor(config, tokeniser)
        speakers = faces(part("test")[0])[0]
        many = listen(tokeniser, predictor, np.concatenate([speakers] * seeds), sampling, 1, shows=False)
        np.savez(path, drawn=many.reshape(seeds, *speakers.shape[:2], 58))
    return np.load(path)["drawn"]


def keep(place: Path, found: dict[str, np.ndarray]) -> None:
    """Writes answers (seeds, N, T, 58) by the file's name."""
    reached = checkpoint.load(place / "best-sfms-predictor.pt")["step"]
    for name, made in found.items():
        np.savez(place / name, made=made, steps=reached)
        print(f"{place / name}: {len(made)} runs, weights of step {reached}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("row", choices=["vq-dense", "large-dense", "small-dense"])
    parser.add_argument("--minutes", type=float, default=1e9)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", choices=["train", "plain", "draw", "calibrate"], help="one part of it")
    arguments = parser.parse_args()
    place = work_root() / f"listen-{arguments.row}"
    place.mkdir(exist_ok=True)
    config = configuration(arguments.row, place)
    run = lambda module, *rest: subprocess.run(  # noqa: E731
        [sys.executable, "-m", f"mien_training.sfms.{module}", "--config", config, *rest],
        check=True, env=os.environ | {"MIEN_WORK": str(place)},
    )
    if arguments.only in (None, "train"):
        if not (place / "sfms-tokeniser.pt").exists():
            shutil.copy(folder() / f"{arguments.row}.pt", place / "sfms-tokeniser.pt")
        run("train_predictor", "--minutes", str(arguments.minutes))
    if arguments.only == "train":
        return
    torch.set_grad_enabled(False)
    os.environ["MIEN_WORK"] = str(place)
    settings = load(config)
    responding = shipped_sampling(settings)
    plain = replace(responding, response_gain=0.0, change_gain=0.0)
    found = {"made.npz": answers(place / "test-plain.npz", settings, plain, arguments.seeds)}
    if arguments.only == "plain":
        keep(place, found)
        return
    found["made-calibrated.npz"] = answers(place / "test-response.npz", settings, responding, arguments.seeds)
    drawn(settings)
    if arguments.only == "draw":
        return
    run("calibrate")
    calibration = load_calibration()
    many = lambda n, made: [1000 * (n + 1) + k for k in range(len(made))]  # noqa: E731
    found["made-calibrated.npz"] = np.stack([
        shown(calibration, made, many(n, made)) for n, made in enumerate(found["made-calibrated.npz"])
    ])
    keep(place, found)


if __name__ == "__main__":
    main()
