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
from .config import Config, _build
from .evaluate import RATE, Figures, Judge
from .idle import Idler
from .study import STUDY
from .tables import Measure, digest, speed
from .tracks import load

OUTPUT = export.MODELS / "evaluation" / "suhmo-candidates"
SPEEDS = (0.8, 1.2)
#: How many seeds of runs tell how much of a score is luck.
DRAWS = 5
#: What says nothing of how the weights came about.
PASSED_OVER = {"train.seed", "train.minutes", "train.check_every", "train.steps"}
#: What of idling training begins at, too.
TRAINED_ON = {"velocity"}

RULE = """# SUHMo: how settings and weights were chosen

Written by `python -m mien_training.suhmo.candidates`, on the development takes alone. The rule was committed before any test
take was read with weights of new settings:

1. A run's score is the mean of its distances over 40 and 80 frames (40-frame windows) of all development starts, plus the mean
   of those of the people who are nowhere in training.
2. Settings with two seeds or more are compared by the mean score of their seeds; the least is the study's. Added when the
   last ones here had been measured, and no test take with them: a lead of less than a standard error, of the seeds of both, is
   no reason to train all of the study's rows anew.
3. Of the study's whole-model seeds the one with the least score is shipped whose speed is {least} to {most} of people's over
   frames 1 to 40 and 41 to 80. It replaces what is shipped only if both means of its score are less than the shipped
   weights', and the mean spectrum distance of its idling, too.
4. Where idling's runs begin (at the reference, or at drawn faces in motion) is chosen by the spectrum distance, the mean of all
   whole-model runs here.

The rule's score is of one draw of the runs (seed 1 of `mien generate runs`). Beside it the mean and the standard deviation of
{draws} draws: how much of a score is luck. The rule was written before these were measured and does not read them.

Distances and spaces are those of [suhmo.md](suhmo.md). Idling: four minutes in two runs, against the development takes; mean of
yaw, pitch and roll, the runs begun at the reference / at drawn faces in motion. Its speed: of yaw / pitch / roll, the runs begun
at drawn faces, as a share of people's.

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
        self.people = np.degrees(np.sqrt(np.concatenate([np.diff(a, axis=0) ** 2 for a in self.judge.angles]).mean(axis=0))) * RATE
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
            **self.idling(weights),
        }

    def draws(self, weights: Path, folder: Path, before: dict) -> dict[str, object]:
        """The scores of runs with the seeds 1 to `DRAWS`, of which `figures` has the first."""
        scores = before.get("draws") or [score(before)]
        for seed in range(len(scores) + 1, DRAWS + 1):
            self.measure.add("run", self.measure.runs(weights, folder, False, seed=seed))
            found = self.measure.found["run"]
            places = {"all": ("40", "80"), "strangers": ("strangers 40", "strangers 80")}
            scores.append(score({name: [found[run]["40 frames"] for run in runs] for name, runs in places.items()}))
        return {**before, "draws": scores}

    def idling(self, weights: Path, spectrum: list[float] | None = None) -> dict[str, list[float]]:
        """Spectrum distances of idling from the reference and from drawn faces, unless they are known, and the speeds of the
        latter as shares of people's."""
        model, idle, _ = export.load(weights)

        def one(starts: np.ndarray | None) -> Figures:
            settings = replace(idle, starts=starts)
            return self.judge.row("", [Idler(model, settings, self.neutral, seed).frames(3000) for seed in (1, 2)])

        drawn = one(self.starts)
        spectrum = spectrum or [float(row.spectrum.mean()) for row in (one(None), drawn)]
        return {"spectrum": spectrum, "idle": (drawn.speed / self.people).tolist()}

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
        return {**self.whole(weights, folder, before), **facts}

    def whole(self, weights: Path, folder: Path, before: dict | None) -> dict[str, object]:
        """All figures of some weights, of which some may be known."""
        found = self.draws(weights, folder, before or self.figures(weights, folder))
        return found if "idle" in found else {**found, **self.idling(weights, found["spectrum"])}


def score(row: dict) -> float:
    return float(np.mean(row["all"]) + np.mean(row["strangers"]))


def table(rows: list[dict]) -> str:
    lines = [
        f"| settings, where they differ from the study's | seed | all, 40 / 80 frames | strangers, 40 / 80 | score | of {DRAWS} draws | speed 40 / 80 | idling (dB) | its speed |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        two = {name: " / ".join(f"{value:.2f}" for value in row[name]) for name in ("all", "strangers", "speed", "spectrum", "idle")}
        lines.append(
            f"| {row['settings']} | {row['seed']} | {two['all']} | {two['strangers']} | {score(row):.2f} | "
            f"{np.mean(row['draws']):.2f} ± {np.std(row['draws'], ddof=1):.2f} | {two['speed']} | "
            f"{two['spectrum']} | {two['idle']} |"
        )
    return "\n".join(lines) + "\n"


def means(rows: list[dict]) -> str:
    """The mean score of each setting, the least first."""
    groups = defaultdict(list)
    for row in rows:
        groups[row["settings"]].append(row)
    lines = [
        f"| settings | seeds | mean score | of {DRAWS} draws | idling from the reference / from drawn faces (dB) | its speed |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, group in sorted(groups.items(), key=lambda item: np.mean([score(row) for row in item[1]])):
        cells = (np.mean([row[name] for row in group], axis=0) for name in ("spectrum", "idle"))
        idling = " | ".join(" / ".join(f"{value:.2f}" for value in values) for values in cells)
        scores = [np.mean([score(row) for row in group]), np.mean([row["draws"] for row in group])]
        lines.append(f"| {name} | {len(group)} | {scores[0]:.2f} | {scores[1]:.2f} | {idling} |")
    return "\n".join(lines) + "\n"


def lead(rows: list[dict]) -> str:
    """What rule 2 says: the best settings beside the study's."""
    groups = defaultdict(list)
    for row in rows:
        groups[row["settings"]].append(row)
    means = {name: np.mean([score(row) for row in group]) for name, group in groups.items() if len(group) > 1}
    study = "the study's"
    others = {name: mean for name, mean in means.items() if name != study}
    if study not in means or not others:
        return ""
    best = min(others, key=others.__getitem__)
    error = sum(np.var([score(row) for row in groups[name]], ddof=1) / len(groups[name]) for name in (best, study)) ** 0.5
    ours, theirs = (np.mean([row["draws"] for row in groups[name]]) for name in (study, best))
    found = f"{means[study]:.2f} of {len(groups[study])} seeds, and {means[best]:.2f} of {len(groups[best])} for {best}"
    said = "the study stays" if means[study] - means[best] < error else "the study is to be trained anew"
    return f"The study's settings have a mean score of {found}; the standard error of the difference is {error:.2f}, so {said}. " \
        f"Of {DRAWS} draws the means are {ours:.2f} and {theirs:.2f}.\n\n"


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
        RULE.format(least=SPEEDS[0], most=SPEEDS[1], draws=DRAWS) + "## Settings\n\n" + means(lstm) + "\n" + lead(lstm) + "## Runs\n\n"
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
            before = {**chooser.whole(weights, Path(folder), before), "weights": digest(weights)}
        found = {"runs": rows, "shipped": {**before, "settings": "shipped until then", "seed": ""}}
        file.write_text(json.dumps(found, indent=1) + "\n")
    OUTPUT.with_suffix(".md").write_text(page(found))
    print(page(found))


if __name__ == "__main__":
    main()
