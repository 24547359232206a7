"""Runs the real ``mien generate listener`` on held-out conversations and prints the same figures as ``evaluate``.

    python -m mien_training.sfms.judge --binary .build/release/mien [--seeds 1] [--columns smile,cheek,motion_energy,gaze]
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from pathlib import Path

import numpy as np

from ..data.channels import CHANNELS
from ..run import program
from ..run.errors import in_a_line
from .channels import SMILE
from .config import BINARY
from .dataset import part
from .evaluate import mimicry
from .export import hears, weights_of
from .figures import summary

COLUMNS = {
    "smile": ["mouthSmileLeft", "mouthSmileRight"], "cheek": ["cheekSquintLeft", "cheekSquintRight"],
    "motion_energy": ["motion_energy"], "gaze": ["gaze_region"],
}  # fmt: skip


def write_sensed(path: Path, sensed: np.ndarray, parts: list[str] = list(COLUMNS)) -> None:
    """A track CSV of what is sensed (T, 4), 25 frames a second; a cell of what is not finite is empty."""
    names, columns = ["time_s"], [np.round(np.arange(len(sensed)) / 25, 3)]
    for place, part in enumerate(COLUMNS):
        if part in parts:
            names += COLUMNS[part]
            columns += [[value if np.isfinite(value) else "" for value in sensed[:, place]]] * len(COLUMNS[part])
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(names)
        out.writerows(zip(*columns))


def read_face(path: Path) -> np.ndarray:
    """The 58 channels of a track CSV, (T, 58)."""
    with path.open() as file:
        rows = csv.reader(file)
        names = next(rows)
        places = [names.index(name) for name in CHANNELS]
        return np.array([[float(row[place]) for place in places] for row in rows], np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", help="of the listener's training, where it is another than sfms.yaml; its data line names the set")
    parser.add_argument("--binary", default=BINARY)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--columns", default=",".join(COLUMNS))
    parser.add_argument("--part", default="test", choices=["development", "test"])
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with in_a_line():
        config, models = weights_of(arguments.config)
        talks = part(arguments.part, config.data, least=config.window)[0]
    if hears(models):
        raise SystemExit(f"{models}: this listener hears, and here it would be given the face alone; expected mien_training.sfms.listening")
    length = min(len(side) for talk in talks for side in talk.sensed)
    directions = [(talk.sensed[i][:length], talk.sensed[1 - i][:length]) for talk in talks for i in (0, 1)]
    speakers, partners = (np.stack([d[i][:, 0] for d in directions]) for i in (0, 1))
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        person, out = Path(folder) / "person.csv", Path(folder) / "listener.csv"
        for seed in range(1, arguments.seeds + 1):
            smiles = []
            for number, (speaker, _) in enumerate(directions):
                write_sensed(person, speaker, arguments.columns.split(","))
                command = [arguments.binary, "generate", "listener", "--person", person, "--out", out, "--models", models]
                program.output([*command, "--seed", str(100 * seed + number)])
                smiles.append(read_face(out)[:length, SMILE].mean(-1))
            runs.append(summary(speakers, np.stack(smiles), partners))
    rows = {"real partners": summary(speakers, partners, partners)}
    rows["mien generate listener"] = {key: float(np.mean([run[key] for run in runs])) for key in runs[0]}
    rows |= {name: summary(speakers, copied, partners) for name, copied in mimicry(speakers, partners).items()}
    if arguments.json:
        print(json.dumps(rows))
        return
    for name, row in rows.items():
        print(name.ljust(30) + "  ".join(f"{key} {value:.3f}" for key, value in row.items()))


if __name__ == "__main__":
    main()
