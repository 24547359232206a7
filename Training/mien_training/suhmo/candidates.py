"""Chooses settings and weights on the development takes: `python -m mien_training.suhmo.candidates RUN ... --mien MIEN`.

Each RUN is a folder of `mien_training.suhmo.study` or `.train`. Figures are of `mien generate runs` from the development
starts and of idling in PyTorch. Writes Models/evaluation/suhmo-candidates.md and .json; no test take is read.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch

from ..facefit.basis import FaceBasis
from . import export
from .config import Config, Idle, _build
from .evaluate import Judge
from .idle import Idler
from .study import STUDY
from .tables import Measure, digest, speed
from .tracks import load

OUTPUT = export.MODELS / "evaluation" / "suhmo-candidates"
SPEEDS = (0.8, 1.2)
#: What says nothing of how the weights came about.
PASSED_OVER = {"train.seed", "train.minutes", "train.check_every", "train.steps"}
#: What of idling training begins at, too.
TRAINED_ON = {"velocity"}

RULE = """# SUHMo: how settings and weights were chosen

Written by `python -m mien_training.suhmo.candidates`, on the development takes alone. The rule was committed before any test
take was read with weights of new settings:

1. A run's score is the mean of its distances over 40 and 80 frames (40-frame windows) of all development starts, plus the mean
   of those of the people who are nowhere in training.
2. Settings with two seeds or more are compared by the mean score of their seeds; the least is the study's.
3. Of the study's whole-model seeds the one with the least score is shipped whose speed is {least} to {most} of people's over
   frames 1 to 40 and 41 to 80. It replaces what is shipped only if both means of its score are less than the shipped
   weights', and the mean spectrum distance of its idling, too.
4. Where idling's runs begin (at the reference, or at drawn faces in motion) is chosen by the spectrum distance, the mean of all
   whole-model runs here.

Distances and spaces are those of [suhmo.md](suhmo.md). Idling: four minutes in two runs, against the development takes; mean of
yaw, pitch and roll, the runs begun at the reference / at drawn faces in motion.

"""


def settings(config: Config, base: Config) -> str:
    """How a run's settings differ from the study's, by `section.key`."""
    ours, theirs = asdict(config), asdict(base)
    different = [
        f"{section}.{key} {value}"
        for section, values in ours.items()
        for key, value in values.items() if value != theirs[section][key] and f"{section}.{key}" not in PASSED_OVER
        if section != "idle" or key in TRAINED_ON
    ]
    steps = [f"{config.train.steps} steps"] if config.train.steps != base.train.steps else []
    return ", ".join(different + steps) or "the study's"


class Chooser:
    """The development takes, and what a run measures on them."""

    def __init__(self, mien: str, tracks: Path | None):
        self.config = Config.load(STUDY)
        given = dict(validation=True, config=STUDY, tracks=tracks, stride=8, i3d=None, inception=None, mien=mien)
        self.measure = Measure(argparse.Namespace(**given))
        _, development = load(tracks, self.config.data)
        basis = FaceBasis.load()
        self.judge = Judge(basis, [s.landmarks for s in development if len(s.landmarks) > 40])
        self.neutral = basis.image(np.zeros(58, np.float32))
        self.starts = export.with_starts(self.config, tracks).starts

    def figures(self, weights: Path, folder: Path) -> dict[str, object]:
        parts, measure = self.measure.runs(weights, folder, False), self.measure
        measure.add("run", parts)
        found = measure.found["run"]
        return {
            "all": [found[n]["40 frames"] for n in ("40", "80")],
            "strangers": [found[f"strangers {n}"]["40 frames"] for n in ("40", "80")],
            "speed": [speed(parts[n]) / speed(measure.real[n]) for n in (40, 80)],
            "spectrum": self.spectra(weights),
        }

    def spectra(self, weights: Path) -> list[float]:
        model, idle, _ = export.load(weights)

        def one(settings: Idle) -> float:
            tracks = [Idler(model, settings, self.neutral, seed).frames(3000) for seed in (1, 2)]
            return float(self.judge.row("", tracks).spectrum.mean())

        return [one(replace(idle, starts=starts)) for starts in (None, self.starts)]

    def run(self, place: Path, folder: Path, known: list[dict]) -> dict[str, object]:
        """A row; figures of the same weights are not measured again."""
        state = torch.load(place / "best.pt", weights_only=False)
        config = _build(Config, state["config"], str(place))
        weights = folder / "candidate.safetensors"
        export.write(place / "best.pt", weights)
        facts = {
            "settings": settings(config, self.config), "seed": config.train.seed, "kind": config.model.kind,
            "weights": digest(weights), "step": state["step"],
        }
        before = next((row for row in known if row.get("weights") == facts["weights"]), None)
        return {**(before or self.figures(weights, folder)), **facts}


def score(row: dict) -> float:
    return float(np.mean(row["all"]) + np.mean(row["strangers"]))


def table(rows: list[dict]) -> str:
    lines = [
        "| settings, where they differ from the study's | seed | all, 40 / 80 frames | strangers, 40 / 80 | score | speed 40 / 80 | idling (dB) |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        two = {name: " / ".join(f"{value:.2f}" for value in row[name]) for name in ("all", "strangers", "speed", "spectrum")}
        lines.append(
            f"| {row['settings']} | {row['seed']} | {two['all']} | {two['strangers']} | {score(row):.2f} | {two['speed']} | "
            f"{two['spectrum']} |"
        )
    return "\n".join(lines) + "\n"


def means(rows: list[dict]) -> str:
    """The mean score of each setting, the least first."""
    groups = defaultdict(list)
    for row in rows:
        groups[row["settings"]].append(row)
    lines = ["| settings | seeds | mean score | idling from the reference / from drawn faces (dB) |", "| --- | --- | --- | --- |"]
    for name, group in sorted(groups.items(), key=lambda item: np.mean([score(row) for row in item[1]])):
        idling = " / ".join(f"{value:.2f}" for value in np.mean([row["spectrum"] for row in group], axis=0))
        lines.append(f"| {name} | {len(group)} | {np.mean([score(row) for row in group]):.2f} | {idling} |")
    return "\n".join(lines) + "\n"


def verdict(rows: list[dict], shipped: dict) -> str:
    """What rule 3 says."""
    able = [r for r in rows if r["settings"] == "the study's" and all(SPEEDS[0] <= v <= SPEEDS[1] for v in r["speed"])]
    if not able:
        return "No seed of the study is in the range of speeds; nothing is replaced.\n"
    best = min(able, key=score)
    better = all(np.mean(best[name]) < np.mean(shipped[name]) for name in ("all", "strangers"))
    better = better and best["spectrum"][1] < shipped["spectrum"][0]
    found = f"Of the study's seeds in the range of speeds seed {best['seed']} has the least score, {score(best):.2f}"
    return f"{found}; it {'replaces' if better else 'does not replace'} what was shipped ({score(shipped):.2f}).\n"


def page(found: dict) -> str:
    rows, shipped = found["runs"], found["shipped"]
    lstm = [row for row in rows if row["kind"] == "lstm"]
    return (
        RULE.format(least=SPEEDS[0], most=SPEEDS[1]) + "## Settings\n\n" + means(lstm) + "\n## Runs\n\n"
        + table([*rows, shipped]) + "\n" + verdict(lstm, shipped)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="*", type=Path)
    parser.add_argument("--shipped", type=Path, help="the weights to beat (with runs)")
    parser.add_argument("--tracks", type=Path, help="folder of lifted tracks (mien_training.data.prepare)")
    parser.add_argument("--mien", default="mien", help="the Swift binary")
    parser.add_argument("--again", action="store_true", help="write the page of the JSON, measuring nothing")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    file = OUTPUT.with_suffix(".json")
    found = json.loads(file.read_text()) if file.exists() else {"runs": []}
    if not arguments.again:
        known = [*found["runs"], found.get("shipped", {})]
        chooser = Chooser(arguments.mien, arguments.tracks)
        with tempfile.TemporaryDirectory() as folder:
            rows = [chooser.run(place, Path(folder), known) for place in arguments.runs]
            weights = arguments.shipped or export.MODELS / "suhmo.safetensors"
            before = next((row for row in known if row.get("weights") == digest(weights)), None)
            before = {**(before or chooser.figures(weights, Path(folder))), "weights": digest(weights)}
        found = {"runs": rows, "shipped": {**before, "settings": "shipped until then", "seed": ""}}
        file.write_text(json.dumps(found, indent=1) + "\n")
    OUTPUT.with_suffix(".md").write_text(page(found))
    print(page(found))


if __name__ == "__main__":
    main()
