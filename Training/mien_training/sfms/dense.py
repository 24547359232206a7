"""The listening baselines with a token every frame: ``python -m mien_training.sfms.dense vq-dense [--minutes M]``.

``vq-dense`` is a dense VQ predictor in the manner of Learning2Listen (whose tokens cover 8 frames; here one does),
``large-dense`` a dense FSQ predictor of 1,000 codes. The study's tokeniser of that row, and the listener's own predictor, data
and training; no response to the speaker is added. Writes answers to the test speakers for ``mien_training.sfms.listening --also``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch
import yaml

from . import checkpoint
from .config import load, work_root
from .dataset import part
from .evaluate import listen
from .export import load_predictor
from .listening import faces
from .stream import Sampling
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("row", choices=["vq-dense", "large-dense", "small-dense"])
    parser.add_argument("--minutes", type=float, default=1e9)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only-generate", action="store_true")
    arguments = parser.parse_args()
    place = work_root() / f"listen-{arguments.row}"
    place.mkdir(exist_ok=True)
    config = configuration(arguments.row, place)
    if not arguments.only_generate:
        shutil.copy(folder() / f"{arguments.row}.pt", place / "sfms-tokeniser.pt")
        command = [sys.executable, "-m", "mien_training.sfms.train_predictor", "--config", config]
        environment = os.environ | {"MIEN_WORK": str(place)}
        subprocess.run([*command, "--minutes", str(arguments.minutes)], check=True, env=environment)
    torch.set_grad_enabled(False)
    speakers = faces(part("test")[0])[0]
    os.environ["MIEN_WORK"] = str(place)
    settings = load(config)
    tokeniser = load_tokeniser(settings)
    predictor = load_predictor(settings, tokeniser)
    s = settings.sampling
    sampling = Sampling(s.temperature, s.nucleus, s.other_temperature, s.other_nucleus)
    many = listen(tokeniser, predictor, np.concatenate([speakers] * arguments.seeds), sampling, 1)
    reached = checkpoint.load(place / "best-sfms-predictor.pt")["step"]
    np.savez(place / "made.npz", made=many.reshape(arguments.seeds, *speakers.shape[:2], 58), steps=reached)
    print(f"{place / 'made.npz'}: {arguments.seeds} runs, weights of step {reached}")


if __name__ == "__main__":
    main()
