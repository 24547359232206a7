"""Measures the study's runs through the Swift binary: `python -m mien_training.suhmo.tables --study ../runs/suhmo`.

Every run's weights are exported, `mien generate runs` makes one 40- and one 80-frame run from each of the same real faces
of the test takes, and the last 40 frames are compared with what the people did after those faces. The figures are Fréchet
distances in principal components of training windows. Writes Markdown and JSON.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np

from ..metrics.frechet import frechet
from ..metrics.head_motion import LONG, RUNS, SCORED, Spaces, scored, starts
from .. import split
from ..run import checkpoint, program
from ..run.errors import in_a_line
from . import export
from .config import Config
from .data import Sequence
from .judges import SEEN, seen
from .landmarks import read_landmarks, write_landmarks
from .study import ROWS, STUDY
from .tables_page import cells, page, table
from .tracks import load

#: The spaces that everything is measured in, fitted once to the training split (`--fit-spaces`).
SPACES = export.MODELS / "motion-spaces.safetensors"


def generate(
    mien: str, weights: Path, begun: Path, frames: int, cheap: bool, folder: Path, seed: int = 1
) -> np.ndarray:
    """The binary's runs (N, frames, 68, 2)."""
    out = folder / "made.csv"
    command = [mien, "generate", "runs", "--starts", str(begun), "--frames-per-run", str(frames), "--model", str(weights)]
    command += ["--seed", str(seed)]
    program.output([*command, "--landmarks", str(out), *(["--cheap"] if cheap else [])])
    return read_landmarks(out).reshape(-1, frames, 68, 2)


def speed(parts: list[np.ndarray]) -> float:
    """Rms landmark speed, face heights a second."""
    return float(np.sqrt(np.mean([(np.diff(part, axis=0) ** 2).mean() * 2 for part in parts])) * 25)


Parts = dict[int, list[np.ndarray]]


def tracks_of(sequences: list[Sequence], takes: list[str]) -> list[np.ndarray]:
    return [s.landmarks for s in sequences if s.recording in takes]


def fit_spaces(folder: Path | None, path: Path) -> None:
    """The spaces, from every start of the training split, 8 frames apart."""
    training, _ = load(folder, Config.load(STUDY).data)
    Spaces.fit(starts([s.landmarks for s in training], 8)).save(path)


#: The row that tells how far apart real motion is from itself.
FLOOR = "real, one half against the other"
#: Runs of the study that are drawn beside the shipped model's.
DRAWN = {"mle-1": "MLE", "delta-1": "Δ-based"}


class Measure:
    """The real starts that rows are measured from, and what is found."""

    def __init__(self, arguments: argparse.Namespace):
        self.arguments = arguments
        part = "development" if arguments.validation else "test"
        config = Config.load(arguments.config)
        training, held_out = load(arguments.tracks, config.data, test=not arguments.validation)
        self.spaces = Spaces.load(SPACES)
        groups = [starts(tracks_of(held_out, names), arguments.stride) for names in (split.takes(part), split.people(part))]
        self.begun = [*groups[0], *groups[1]]
        self.strangers = np.arange(len(self.begun)) >= len(groups[0])  # starts of people who are not in training
        self.pool = starts([s.landmarks for s in training], 4 * arguments.stride)
        self.real = {n: [scored(face, after, n) for face, after in self.begun] for n in RUNS}
        self.faces = np.array([face for face, _ in self.begun])
        self.networks = None
        if arguments.i3d or arguments.inception:
            from ..metrics.networks import Networks

            with in_a_line():
                self.networks = Networks(arguments.i3d, arguments.inception)
            self.seen = {n: self.networks.features(self.squares(self.real[n])) for n in RUNS}
        self.found: dict[str, dict] = {}
        self.drawn = {"people": np.array([after for _, after in self.begun])}

    def add(self, name: str, parts: Parts, against: Parts | None = None, **more: object) -> None:
        """A row: distances over 40 and 80 frames of all starts, and of strangers' alone."""
        result = {str(n): self.spaces.distances(n, parts[n], (against or self.real)[n]) for n in RUNS}
        result |= {f"terms {n}": self.spaces.terms(n, parts[n], (against or self.real)[n]) for n in RUNS}
        if against is None:
            theirs = lambda group: [part for part, yes in zip(group, self.strangers) if yes]  # noqa: E731
            begun = len(parts[40]) == len(self.begun)  # runs from the same faces; else runs of others, seen as a whole
            for n in RUNS:
                made = theirs(parts[n]) if begun else parts[n]
                result[f"strangers {n}"] = self.spaces.distances(n, made, theirs(self.real[n]))
                result[f"terms strangers {n}"] = self.spaces.terms(n, made, theirs(self.real[n]))
            if self.networks and begun:
                for n in RUNS:
                    features = self.networks.features(self.squares(parts[n]))
                    result[f"networks {n}"] = {k: frechet(f, self.seen[n][k]) for k, f in features.items()}
                result["networks"] = self.networks.files
        self.found[name] = {"starts": len(parts[40]), "speed": speed(parts[40]), "speed 80": speed(parts[80]), **more, **result}
        shown = {n: round(next(iter(of.values())), 2) for n, of in result.items() if isinstance(of, dict) and n != "networks"}
        print(name, json.dumps(shown), flush=True)

    def squares(self, parts: list[np.ndarray]) -> list[np.ndarray]:
        """Scored parts as landmarks of a unit square, the starting face half as high as it, for the paper's networks."""
        heights = np.ptp(self.faces[..., 1], axis=1)[:, None, None]
        placed = (self.faces - self.faces.mean(axis=1, keepdims=True)) / heights
        return [0.5 + (face + part[1:].reshape(SCORED, 68, 2)) / 2 for face, part in zip(placed, parts)]

    def halved(self, first: list[int], second: list[int]) -> dict[str, dict]:
        """The networks' figures of some of the real starts against others."""
        if not self.networks:
            return {}
        found: dict[str, dict] = {"networks": self.networks.files}
        for n in RUNS:
            runs = {k: features.reshape(len(self.begun), -1, features.shape[1]) for k, features in self.seen[n].items()}
            found[f"networks {n}"] = {k: frechet(*(np.concatenate(of[half]) for half in (first, second))) for k, of in runs.items()}
        return found

    def references(self) -> None:
        """What is measured of no model."""
        block = 160 // self.arguments.stride  # so many starts in turn belong to one half
        halves = [[i for i in range(len(self.begun)) if i // block % 2 == side] for side in (0, 1)]
        first, second = ({n: [parts[i] for i in half] for n, parts in self.real.items()} for half in halves)
        self.add(FLOOR, first, second, **self.halved(*halves))
        self.add("the people of the training", {n: [scored(*start, n) for start in self.pool] for n in RUNS})
        noise = np.random.default_rng(3)
        still = [1e-6 * noise.normal(size=(SCORED + 1, 136)) for _ in self.begun]
        self.add("standing still", {n: still for n in RUNS}, strangers=int(self.strangers.sum()))

    def runs(self, weights: Path, folder: Path, cheap: bool, name: str = "", seed: int = 1) -> Parts:
        """The binary's runs from all faces; a longer one begins as a shorter one does, so one of 80 frames is both."""
        write_landmarks(folder / "starts.csv", self.faces)
        made = generate(self.arguments.mien, weights, folder / "starts.csv", LONG, cheap, folder, seed)
        if name:
            self.drawn[name] = made
        return {n: [scored(f, r, n) for f, r in zip(self.faces, made)] for n in RUNS}


def played(state: dict) -> dict[str, list[float]]:
    """The distance that checkpoints are chosen by, at the last check before the generator's first step in the game (while the judges
    step alone it stays as the regression left it) and at this one."""
    checks, config = {row["step"]: row["frechet"] for row in state["history"]}, state["config"]
    judges = any(config["loss"]["adversarial"].values())
    first = config["train"]["warm_up"] + (config["train"]["judges_first"] if judges else 0)
    before = [distance for step, distance in sorted(checks.items()) if step <= first]
    return {"game": [before[-1], checks[state["step"]]]} if before and state["step"] in checks else {}


def digest(path: Path) -> str:
    """Which weights a row is of; the order of a file's header says nothing."""
    from safetensors.torch import load_file

    return checkpoint.digest(load_file(path))


def complete(study: Path | None) -> list[Path]:
    """The folders of a study's runs that came to their last step."""
    return [run for run in sorted(study.glob("*-[0-9]*")) if (run / "done").exists()] if study else []


def kept(known: dict[str, dict], study: Path | None) -> dict[str, dict]:
    """The rows of a table whose runs do not lie complete in the study's folder."""
    there = {run.name for run in complete(study)}
    return {name: row for name, row in known.items() if name.rpartition("-")[0] in ROWS and name not in there}


def lacks(row: dict, files: dict[str, str]) -> bool:
    """Whether a row has not all of the networks' figures that are asked for, of these files."""
    has = lambda figure: all(figure in row.get(f"networks {n}", {}) for n in RUNS)  # noqa: E731
    return any(row.get("networks", {}).get(figure) != file or not has(figure) for figure, file in files.items())


def keep_networks(found: dict[str, dict], known: dict[str, dict]) -> None:
    """Rows of the same weights and as many starts keep the networks' figures that were not asked for this time."""
    for name, row in found.items():
        before = known.get(name, {})
        if all(before.get(fact) == row.get(fact) for fact in ("weights", "starts")):
            for key in ("networks", *(f"networks {n}" for n in RUNS)):
                if key in before:
                    row[key] = before[key] | row.get(key, {})


def networked(found: dict[str, dict]) -> str:
    """The networks' figures as a part of the page, of rows that have any by the same files as the floor; nothing where none has."""
    files = found.get(FLOOR, {}).get("networks", {})
    places = [(f"networks {n}", figure) for n in RUNS for figure in files]
    has = lambda row, run, k: row.get("networks", {}).get(k) == files[k] and k in row.get(run, {})  # noqa: E731
    rows: dict[str, list[dict]] = {}
    for name, row in found.items():
        if any(has(row, *place) for place in places):
            rows.setdefault(of if (of := name.rpartition("-")[0]) in ROWS else name, []).append(row)
    heads = [f"{n}: {figure}" for n in RUNS for figure in files]
    lines = ["| | seeds | " + " | ".join(heads) + " |", "| --- | --- |" + " --- |" * len(heads)]
    for name, group in rows.items():
        texts = [cells([row for row in group if has(row, *place)], [place])[0] for place in places]
        lines.append(f"| {name} | {len(group) if name in ROWS else ''} | " + " | ".join(texts) + " |")
    return NETWORKS.format(floor=FLOOR, table="\n".join(lines)) if rows else ""


NETWORKS = """
## By the paper's own networks

From the user's networks (`mien_training.metrics.networks`): FVD by I3D's logits, FID and t-FID by Inception's features. The
paper's reference figures are of other people, so rows compare with one another alone. "{floor}" is the
floor, of half as many runs on either side; in so many dimensions fewer runs are farther apart, so it lies high.

{table}
"""


def measure(arguments: argparse.Namespace) -> dict[str, dict]:
    """All rows. A row that is in the output's file already, of the same weights, is not measured again unless it is drawn or lacks
    a figure of the networks that are named; runs that are elsewhere keep their rows."""
    measured = Measure(arguments)
    earlier = arguments.output and arguments.output.with_suffix(".json")
    known = json.loads(earlier.read_text()) if earlier and earlier.exists() else {}
    measured.found |= kept(known, arguments.study)
    if arguments.study and measured.found:
        print(f"not in {arguments.study}, and left as they were: {', '.join(measured.found)}")
    measured.references()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for run in complete(arguments.study):
            weights, row = run / "suhmo.safetensors", run.name.rpartition("-")[0]
            _, step = export.write(run / "best.pt", weights)
            drawn = DRAWN.get(run.name, "") if arguments.pictures else ""
            which = digest(weights)
            same = known.get(run.name, {}).get("weights") == which
            facts = played(checkpoint.needed(run / "best.pt", "history", "config", "step"))
            if row == "suhmo":
                saw = {key: known[run.name][key] for key in SEEN if key in known[run.name]} if same else {}
                facts |= saw if len(saw) == len(SEEN) else seen(run / "best.pt", arguments.tracks)
            if same and not drawn and not (measured.networks and lacks(known[run.name], measured.networks.files)):
                measured.found[run.name] = known[run.name] | facts
                continue
            parts = measured.runs(weights, folder, row == "one-sample-generator", drawn)
            measured.add(run.name, parts, steps=step, weights=which, **facts)
        if arguments.shipped:
            weights = export.MODELS / "suhmo.safetensors"
            measured.add("shipped", measured.runs(weights, folder, False, "SUHMo"), weights=digest(weights))
    keep_networks(measured.found, known)
    if arguments.pictures:
        whole = {"SUHMo", *DRAWN.values()} <= set(measured.drawn)
        weights = [rows.get("shipped", {}).get("weights") for rows in (known, measured.found)]
        if whole or weights[0] != weights[1]:
            from .pictures import draw

            draw(measured.drawn, measured.faces, arguments.pictures)
        else:
            print("the pictures stay: the baselines' runs are elsewhere, and the shipped weights as they were")
    return ordered(measured.found)


def ordered(found: dict[str, dict]) -> dict[str, dict]:
    """What is no run of the study first, then the study's rows, as `ROWS` has them."""
    rows = list(ROWS)
    return dict(sorted(found.items(), key=lambda item: rows.index(r) + 1 if (r := item[0].rpartition("-")[0]) in rows else 0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--study", type=Path, help="the folder of mien_training.suhmo.study")
    parser.add_argument("--config", type=Path, default=STUDY)
    parser.add_argument("--tracks", type=Path, help="folder of lifted tracks (mien_training.data.prepare)")
    parser.add_argument("--mien", default="mien", help="the Swift binary")
    parser.add_argument("--stride", type=int, default=8, help="frames from one start to the next")
    parser.add_argument("--validation", action="store_true", help="measure on the validation takes, to choose by")
    parser.add_argument("--shipped", action="store_true", help="measure Models/suhmo.safetensors, too")
    parser.add_argument("--pictures", type=Path, help="draw into this folder")
    parser.add_argument("--i3d", type=Path, help="TorchScript of Kinetics I3D: FVD, too (metrics.networks)")
    parser.add_argument("--inception", type=Path, help="TorchScript of InceptionV3: FID and t-FID, too")
    parser.add_argument("--fit-spaces", action="store_true", help="fit the spaces to the training split, once")
    parser.add_argument("--output", type=Path, help="write OUTPUT.md and OUTPUT.json")
    parser.add_argument("--again", action="store_true", help="write the page of OUTPUT.json, measuring nothing")
    arguments = parser.parse_args()
    if arguments.fit_spaces:
        return fit_spaces(arguments.tracks, SPACES)
    found = json.loads(arguments.output.with_suffix(".json").read_text()) if arguments.again else measure(arguments)
    if arguments.output:
        arguments.output.with_suffix(".json").write_text(json.dumps(found, indent=1) + "\n")
        arguments.output.with_suffix(".md").write_text(page(found, arguments) + networked(found))
    print(table(found) + networked(found))


if __name__ == "__main__":
    main()
