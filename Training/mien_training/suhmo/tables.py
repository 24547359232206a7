"""Measures the study's runs through the Swift binary: `python -m mien_training.suhmo.tables --study runs/study`.

Every run's weights are exported, `mien generate runs` makes one 40- and one 80-frame run from each of the same real faces
of the test takes, and the last 40 frames are compared with what the people did after those faces. The figures are Fréchet
distances in principal components of training windows. Writes Markdown and JSON.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from . import export
from .config import Config
from .data import Sequence
from .metrics import WindowSpace, frechet
from .study import ROWS, STUDY
from .tracks import load

SCORED, LONG = 40, 80
DIMENSIONS = 24
KINDS = ("40 frames", "20 frames", "10 frames", "frame", "motion map")


def starts(sequences: list[Sequence], stride: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """A face (68, 2) and the 80 frames (80, 68, 2) after it, every `stride` frames of every sequence long enough."""
    return [
        (s.landmarks[first], s.landmarks[first + 1 : first + 1 + LONG])
        for s in sequences
        for first in range(0, len(s.landmarks) - LONG, stride)
    ]


def placed(start: np.ndarray, run: np.ndarray) -> np.ndarray:
    """A run (T, 136) as its way from the start, in heights of the face at the start."""
    height = np.ptp(start[:, 1])
    return ((run - start) / height).reshape(len(run), 136)


def windows(run: np.ndarray, kind: str) -> list[np.ndarray]:
    """What a kind of distance compares, of a scored part (40, 136): flat vectors."""
    if kind == "frame":
        return list(run[::4])
    if kind == "motion map":
        weights = np.linspace(0.2, 0.8, len(run))
        return [(run * (weights / weights.sum())[:, None]).sum(axis=0)]
    length = int(kind.split()[0])
    speed = np.diff(run, axis=0, prepend=run[:1])
    found = []
    for first in range(0, len(run) - length + 1, max(length // 2, 1)):
        way = run[first : first + length]
        found.append(np.concatenate([way, 8 * speed[first : first + length]], axis=1).ravel())
    return found


class Spaces:
    """A space of principal components for each kind of distance, fitted to real training windows."""

    def __init__(self, training: list[np.ndarray]):
        self.spaces = {kind: WindowSpace(self.gathered(training, kind), DIMENSIONS) for kind in KINDS}

    @staticmethod
    def gathered(parts: list[np.ndarray], kind: str) -> np.ndarray:
        return np.array([window for part in parts for window in windows(part, kind)])

    def distances(self, made: list[np.ndarray], real: list[np.ndarray]) -> dict[str, float]:
        return {
            kind: frechet(space(self.gathered(made, kind)), space(self.gathered(real, kind)))
            for kind, space in self.spaces.items()
        }


def write_landmarks(path: Path, faces: np.ndarray) -> None:
    header = ",".join([f"x_{i}" for i in range(68)] + [f"y_{i}" for i in range(68)])
    np.savetxt(path, np.concatenate([faces[..., 0], faces[..., 1]], axis=1), "%.7g", ",", header=header, comments="")


def read_landmarks(path: Path) -> np.ndarray:
    values = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
    return np.stack([values[:, :68], values[:, 68:]], axis=-1)


def generate(mien: str, weights: Path, begun: Path, frames: int, cheap: bool, folder: Path) -> np.ndarray:
    """The binary's runs (N, frames, 68, 2)."""
    out = folder / "made.csv"
    command = [mien, "generate", "runs", "--starts", str(begun), "--frames-per-run", str(frames), "--model", str(weights)]
    subprocess.run([*command, "--landmarks", str(out), *(["--cheap"] if cheap else [])], check=True, capture_output=True)
    return read_landmarks(out).reshape(-1, frames, 68, 2)


def speed(parts: list[np.ndarray]) -> float:
    """Rms landmark speed, face heights a second."""
    return float(np.sqrt(np.mean([(np.diff(part, axis=0) ** 2).mean() * 2 for part in parts])) * 25)


def measure(arguments: argparse.Namespace) -> dict[str, dict]:
    config = Config.load(arguments.config)
    training, test = load(arguments.tracks, config.data, test=not arguments.validation)
    begun = starts(test, arguments.stride)
    cut = {40: slice(0, SCORED), 80: slice(LONG - SCORED, LONG)}
    real = {n: [placed(face, after)[part] for face, after in begun] for n, part in cut.items()}
    pool = starts(training, 4 * arguments.stride)
    spaces = {n: Spaces([placed(face, after)[part] for face, after in pool]) for n, part in cut.items()}
    found: dict[str, dict] = {}

    def add(name: str, steps: str, parts: dict[int, list[np.ndarray]], against: dict[int, list[np.ndarray]]) -> None:
        result = {str(n): spaces[n].distances(parts[n], against[n]) for n in cut}
        found[name] = {"steps": steps, "starts": len(parts[40]), "speed": speed(parts[40]), **result}
        print(name, json.dumps({n: {k: round(v, 2) for k, v in d.items()} for n, d in result.items()}), flush=True)

    block = 160 // arguments.stride  # so many starts in turn belong to one half
    halves = [[i for i in range(len(begun)) if i // block % 2 == side] for side in (0, 1)]
    first, second = ({n: [parts[i] for i in half] for n, parts in real.items()} for half in halves)
    add("real, one half against the other", "", first, second)
    others = np.random.default_rng(4).permutation(len(pool))[: len(begun)]
    seen = {n: [placed(*pool[i])[part] for i in others] for n, part in cut.items()}
    add("the people of the training", "", seen, real)
    still = [np.zeros((SCORED, 136)) + 1e-6 * np.random.default_rng(3).normal(size=(SCORED, 136)) for _ in begun]
    add("standing still", "", {40: still, 80: still}, real)
    faces = np.array([face for face, _ in begun])
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_landmarks(folder / "starts.csv", faces)
        for run in sorted(arguments.study.glob("*-[0-9]*")) if arguments.study else []:
            if not (run / "done").exists():
                continue
            row = run.name.rpartition("-")[0]
            _, steps = export.write(run / "best.pt", run / "suhmo.safetensors")
            runs = runs_of(arguments, run / "suhmo.safetensors", folder, row == "one-sample-generator")
            add(run.name, str(steps), {n: [placed(f, r)[cut[n]] for f, r in zip(faces, runs[n])] for n in cut}, real)
        if arguments.shipped:
            runs = runs_of(arguments, export.MODELS / "suhmo.safetensors", folder, False)
            add("shipped", "", {n: [placed(f, r)[cut[n]] for f, r in zip(faces, runs[n])] for n in cut}, real)
    return found


def runs_of(arguments: argparse.Namespace, weights: Path, folder: Path, cheap: bool) -> dict[int, np.ndarray]:
    return {n: generate(arguments.mien, weights, folder / "starts.csv", n, cheap, folder) for n in (40, 80)}


def table(found: dict[str, dict]) -> str:
    """Markdown: a line a row, mean ± standard deviation over its seeds."""
    lines = [
        "| | seeds | speed (heights/s) | " + " | ".join(f"40: {kind}" for kind in KINDS)
        + " | " + " | ".join(f"80: {kind}" for kind in KINDS) + " |",
        "| --- | --- | --- |" + " --- |" * (2 * len(KINDS)),
    ]
    named = [name for name in found if name.rpartition("-")[0] not in ROWS]
    for row in [*named, *ROWS]:
        group = [found[row]] if row in named else [v for k, v in found.items() if k.rpartition("-")[0] == row]
        if not group:
            continue
        cells = [[g["speed"] for g in group]] + [[g[n][k] for g in group] for n in ("40", "80") for k in KINDS]
        text = [f"{np.mean(c):.2f}" + (f" ± {np.std(c, ddof=1):.2f}" if len(c) > 1 else "") for c in cells]
        lines.append(f"| {row} | {len(group) if row in ROWS else ''} | " + " | ".join(text) + " |")
    return "\n".join(lines) + "\n"


METHOD = """# SUHMo's study: what beats what, and what does not

Written by `python -m mien_training.suhmo.tables`, from runs of `python -m mien_training.suhmo.study`. Everything is the
output of `mien generate runs`. From each of {count} real faces of the {which} takes ({takes}), no frame of which was trained
on, one run of 40 and one of 80 frames is made, and its last 40 frames are compared with what the people did after those
faces. Fréchet distances of windows (landmarks' way from the run's first face and their velocity, in face heights), single
frames, and motion maps (frames summed with weights from 0.2 to 0.8), each in its own {dimensions} principal components of
training windows. Several seeds: mean ± standard deviation. All rows had equal data, sizes and steps
(`Training/mien_training/suhmo/configs/study.yaml`: hidden {hidden}, {pairs} pairs, {steps} steps, of which {warm_up} a one-step
regression); each kept its best checkpoint on the validation takes. `suhmo` is the whole model, `mle` the same generator with
the squared error alone in free runs, `delta` the same generator without positions, regressing the displacement from frame to
frame. The one-sample generator runs with `--cheap`.

{table}
"The people of the training" are as many real runs of the training takes: what a model that has learnt its data perfectly
would get. No model can be expected below it, and it is far above one half of the test against the other where few takes
make a split.

## What holds

In 40-frame windows, as a share of the row named:

{reading}
"""


def mean_of(found: dict[str, dict], row: str, run: str) -> float:
    return float(np.mean([v[run]["40 frames"] for k, v in found.items() if k.rpartition("-")[0] == row]))


def reading(found: dict[str, dict]) -> str:
    """The judged ratios, worked out."""
    trained = {name.rpartition("-")[0] for name in found} & set(ROWS)
    lines = []
    if "suhmo" in trained:
        short, long = (mean_of(found, "suhmo", run) for run in ("40", "80"))
        for row in ("mle", "delta"):
            if row in trained:
                share = short / mean_of(found, row, "40")
                lines.append(f"- SUHMo over {row}, 40 frames: {share:.2f}; at most 0.6 is asked: {'holds' if share <= 0.6 else 'does not hold'}.")
        lines.append(f"- SUHMo over 80 frames against over 40: {long / short:.2f}; at most 1.2 is asked: {'holds' if long <= 1.2 * short else 'does not hold'}.")
        for row in ("one-sample-generator", "one-sample-judges", "one-window"):
            if row in trained:
                a, b = mean_of(found, row, "40") / short, mean_of(found, row, "80") / long
                say = "worse in both" if min(a, b) > 1 else "worse in one of them only" if max(a, b) > 1 else "not worse"
                lines.append(f"- {row} against SUHMo: {a:.2f} over 40 frames, {b:.2f} over 80: {say}.")
    return "\n".join(lines) + "\n"


def page(found: dict[str, dict], arguments: argparse.Namespace) -> str:
    config = Config.load(arguments.config)
    takes = config.data.validation if arguments.validation else config.data.holdout
    return METHOD.format(
        count=found["standing still"]["starts"], which="validation" if arguments.validation else "test",
        takes=", ".join(takes), dimensions=DIMENSIONS, hidden=config.model.hidden, pairs=config.train.pairs,
        steps=config.train.steps, warm_up=config.train.warm_up, table=table(found), reading=reading(found),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--study", type=Path, help="the folder of mien_training.suhmo.study")
    parser.add_argument("--config", type=Path, default=STUDY)
    parser.add_argument("--tracks", type=Path, help="folder of lifted tracks (mien_training.data.prepare)")
    parser.add_argument("--mien", default="mien", help="the Swift binary")
    parser.add_argument("--stride", type=int, default=8, help="frames from one start to the next")
    parser.add_argument("--validation", action="store_true", help="measure on the validation takes, to choose by")
    parser.add_argument("--shipped", action="store_true", help="measure Models/suhmo.safetensors, too")
    parser.add_argument("--output", type=Path, help="write OUTPUT.md and OUTPUT.json")
    parser.add_argument("--again", action="store_true", help="write the page of OUTPUT.json, measuring nothing")
    arguments = parser.parse_args()
    found = json.loads(arguments.output.with_suffix(".json").read_text()) if arguments.again else measure(arguments)
    if arguments.output:
        arguments.output.with_suffix(".json").write_text(json.dumps(found, indent=1) + "\n")
        arguments.output.with_suffix(".md").write_text(page(found, arguments))
    print(table(found))


if __name__ == "__main__":
    main()
