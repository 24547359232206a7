"""Runs the real ``mien generate listener`` on held-out conversations and prints the same figures as ``evaluate``.

    python -m mien_training.sfms.judge --binary .build/release/mien [--seeds 1] [--columns smile,cheek,motion_energy,gaze]
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from ..data import load_dyads
from .channels import CHEEK, SMILE
from .config import load
from .evaluate import mimicry
from .figures import summary

COLUMNS = {
    "smile": ["mouthSmileLeft", "mouthSmileRight"], "cheek": ["cheekSquintLeft", "cheekSquintRight"],
    "motion_energy": ["motion_energy"], "gaze": ["gaze_region"],
}  # fmt: skip


def write_person(path: Path, track, parts: list[str]) -> None:
    """A track CSV with the chosen columns, 25 frames a second."""
    values = {"smile": track.values[:, SMILE], "cheek": track.values[:, CHEEK]}
    values |= {"motion_energy": track.extra["motion_energy"][:, None], "gaze": track.extra["gaze_region"][:, None]}
    table = np.concatenate([values[part] for part in parts], 1)
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["time_s"] + [name for part in parts for name in COLUMNS[part]])
        out.writerows([f"{n / 25:.3f}", *row.tolist()] for n, row in enumerate(table))


def read_smile(path: Path) -> np.ndarray:
    """The mean smile of a track CSV."""
    with path.open() as file:
        return np.array([(float(r["mouthSmileLeft"]) + float(r["mouthSmileRight"])) / 2 for r in csv.DictReader(file)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default=".build/release/mien")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--columns", default=",".join(COLUMNS))
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    held = [d for d in load_dyads() if d.pair in load().held_out_pairs]
    directions = [(d.a, d.b) for d in held] + [(d.b, d.a) for d in held]
    length = min(len(t) for pair in directions for t in pair)
    speakers = np.stack([s.values[:length, SMILE[0]] for s, _ in directions])
    partners = np.stack([p.values[:length, SMILE[0]] for _, p in directions])
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        person, out = Path(folder) / "person.csv", Path(folder) / "listener.csv"
        for seed in range(1, arguments.seeds + 1):
            smiles = []
            for number, (speaker, _) in enumerate(directions):
                write_person(person, speaker, arguments.columns.split(","))
                command = [arguments.binary, "generate", "listener", "--person", person, "--out", out]
                subprocess.run([*command, "--seed", str(100 * seed + number)], check=True)
                smiles.append(read_smile(out)[:length])
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
