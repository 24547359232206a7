"""Chooses settings and weights without test takes: `python -m mien_training.suhmo.candidates RUN ... --mien MIEN`.

Each RUN is a folder of `mien_training.suhmo.study` or `.train`; what is chosen by is the distance of its checkpoint. The figures
beside it are of `mien generate runs` from the development starts and of idling in PyTorch. Writes Models/evaluation/suhmo-candidates.md and .json; no test take is read.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from ..facefit.basis import FaceBasis
from ..metrics.head_motion import SCORED, scored
from ..run import checkpoint, threads
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
#: How the study before differed from this one, but for its steps.
BEFORE = (
    "model.exact_norm False", "train.rate_generator 1e-06", "train.rate_discriminator 0.0002", "train.decay_in_game False",
    "train.feedback_gradient 1.0",
)  # fmt: skip

RULE = """# SUHMo: how settings and weights were chosen

Written by `python -m mien_training.suhmo.candidates`, on development and training takes alone. The rule was committed before any
test take was read with weights of new settings:

1. A run's distance is the one that its checkpoint was chosen by: 40-frame windows over 40 and 80 frames (their mean), half of the
   starts of the development takes, half of the training's.
2. Settings with three seeds or more are compared by the mean distance of their seeds. The least is the study's, where it leads
   what was the study's by more than a standard error, of the seeds of both.
3. Of the study's whole-model seeds the one with the least distance is shipped whose speed is {least} to {most} of people's over
   frames 1 to 40 and 41 to 80 of those starts.
4. Where idling's runs begin (at the reference, or at drawn faces in motion) is chosen by the spectrum distance, the mean of all
   whole-model runs here.

Before, settings and seeds were compared by a score of the development takes alone: the mean of the distances over 40 and 80
frames of all their starts, plus that of the people who are nowhere in training, who are two. It is shown, of one draw of the runs
(seed 1 of `mien generate runs`) and as mean and standard deviation of {draws} draws: by it most settings below are within the luck
of seeds and draws. The development takes happen to be slow, too ({slow:.2f} face heights a second; the training's {usual:.2f}), so that it
favoured runs that are too slow for people on the whole. For that reason checkpoints had been chosen by both kinds of starts
from the beginning. Test figures of the study before this one were known when this rule was written; it reads none.

Distances and spaces are those of [suhmo.md](suhmo.md). Idling: four minutes in two runs, against the development takes; mean of
yaw, pitch and roll, the runs begun at the reference / at drawn faces in motion. Its speed: of yaw / pitch / roll, the runs begun
at drawn faces, as a share of people's. As before: {before}.

"""

STUDYS = "the study's"


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
    if set(BEFORE) <= set(different):
        different = ["as before", *(text for text in different if text not in BEFORE)]
    return ", ".join(different + steps) or STUDYS


class Chooser:
    """The development takes, and what a run measures on them."""

    def __init__(self, mien: str, tracks: Path | None):
        self.config = Config.load(STUDY)
        given = dict(validation=True, config=STUDY, tracks=tracks, stride=8, i3d=None, inception=None, mien=mien)
        self.measure = Measure(argparse.Namespace(**given))
        _, development = load(tracks, self.config.data)
        people = self.measure.real[SCORED], [scored(*start, SCORED) for start in self.measure.pool]
        self.speeds = [speed(part) for part in people]
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
        state = checkpoint.needed(place / "best.pt", *export.HELD, "history")
        config = _build(Config, state["config"], str(place))
        weights = folder / "candidate.safetensors"
        export.write(place / "best.pt", weights)
        facts = {
            "settings": settings(config, self.config), "seed": config.train.seed, "kind": config.model.kind,
            "weights": digest(weights), "step": state["step"], **chosen_by(state),
        }
        before = next((row for row in known if row.get("weights") == facts["weights"]), None)
        return {**self.whole(weights, folder, before), **facts}

    def whole(self, weights: Path, folder: Path, before: dict | None) -> dict[str, object]:
        """All figures of some weights, of which some may be known."""
        found = self.draws(weights, folder, before or self.figures(weights, folder))
        return found if "idle" in found else {**found, **self.idling(weights, found["spectrum"])}


def chosen_by(state: dict) -> dict[str, object]:
    """The distance that a checkpoint was chosen by, and its speeds over 40 and 80 frames as shares of people's, where its history
    tells them (a run that began from another's checkpoint has its own alone)."""
    check = next((row for row in state["history"] if row["step"] == state["step"]), {})
    speeds = {"check speed": [check["speed_40"], check["speed_80"]]} if "speed_80" in check else {}
    return {"distance": state["best"], **speeds}


def score(row: dict) -> float:
    return float(np.mean(row["all"]) + np.mean(row["strangers"]))


def table(rows: list[dict]) -> str:
    lines = [
        "| settings, where they differ from the study's | seed | distance | speed 40 / 80 | all, 40 / 80 frames | strangers, 40 / 80 "
        f"| score | of {DRAWS} draws | idling (dB) | its speed |",
        "| --- |" + " --- |" * 9,
    ]
    for row in rows:
        names = ("check speed", "all", "strangers", "spectrum", "idle")
        two = {name: " / ".join(f"{value:.2f}" for value in row[name]) if name in row else "" for name in names}
        distance = f"{row['distance']:.2f}" if "distance" in row else ""
        lines.append(
            f"| {row['settings']} | {row['seed']} | {distance} | {two['check speed']} | {two['all']} | {two['strangers']} | "
            f"{score(row):.2f} | {np.mean(row['draws']):.2f} ± {np.std(row['draws'], ddof=1):.2f} | {two['spectrum']} | {two['idle']} |"
        )
    return "\n".join(lines) + "\n"


def grouped(rows: list[dict]) -> dict[str, list[dict]]:
    """Rows by their settings, the least mean distance first."""
    groups = defaultdict(list)
    for row in rows:
        groups[row["settings"]].append(row)
    return dict(sorted(groups.items(), key=lambda item: np.mean([row["distance"] for row in item[1]])))


def means(rows: list[dict]) -> str:
    """The mean figures of each setting."""
    lines = [
        f"| settings | seeds | distance | score | of {DRAWS} draws | idling from the reference / from drawn faces (dB) | its speed |",
        "| --- |" + " --- |" * 6,
    ]
    for name, group in grouped(rows).items():
        distances = [row["distance"] for row in group]
        spread = f" ± {np.std(distances, ddof=1):.2f}" if len(group) > 1 else ""
        cells = (np.mean([row[key] for row in group], axis=0) for key in ("spectrum", "idle"))
        idling = " | ".join(" / ".join(f"{value:.2f}" for value in values) for values in cells)
        scores = [np.mean([score(row) for row in group]), np.mean([row["draws"] for row in group])]
        distance = f"{np.mean(distances):.2f}{spread}"
        lines.append(f"| {name} | {len(group)} | {distance} | {scores[0]:.2f} | {scores[1]:.2f} | {idling} |")
    return "\n".join(lines) + "\n"


def lead(rows: list[dict]) -> str:
    """What rule 2 says: the study's settings beside the best of the others."""
    groups = {name: [row["distance"] for row in group] for name, group in grouped(rows).items() if len(group) > 2}
    ours = groups.pop(STUDYS, None)
    if not ours or not groups:
        return ""
    best, theirs = next(iter(groups.items()))
    error = sum(np.var(values, ddof=1) / len(values) for values in (ours, theirs)) ** 0.5
    found = f"{np.mean(ours):.2f} of {len(ours)} seeds, and {np.mean(theirs):.2f} of {len(theirs)} for {best}"
    said = "the study stays" if np.mean(ours) - np.mean(theirs) < error else "the study is to be trained anew"
    return f"The study's settings have a mean distance of {found}; the standard error of the difference is {error:.2f}: {said}.\n\n"


def verdict(rows: list[dict]) -> str:
    """What rule 3 says."""
    able = [r for r in rows if r["settings"] == STUDYS and all(SPEEDS[0] <= v <= SPEEDS[1] for v in r["check speed"])]
    if not able:
        return "No seed of the study is in the range of speeds; nothing is replaced.\n"
    best = min(able, key=lambda row: row["distance"])
    return f"Of the study's seeds in the range of speeds seed {best['seed']} has the least distance, {best['distance']:.2f}, and is shipped.\n"


def page(found: dict) -> str:
    rows, shipped = found["runs"], found["shipped"]
    lstm = [row for row in rows if row["kind"] == "lstm"]
    return (
        RULE.format(
            least=SPEEDS[0], most=SPEEDS[1], draws=DRAWS, slow=found["speeds"][0], usual=found["speeds"][1], before=", ".join(BEFORE),
        )
        + "## Settings\n\n" + means(lstm) + "\n" + lead(lstm) + "## Runs\n\n"
        + table([*rows, shipped]) + "\n" + verdict(lstm)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="*", type=Path)
    parser.add_argument("--shipped", type=Path, help="the weights to beat (with runs)")
    parser.add_argument("--tracks", type=Path, help="folder of lifted tracks (mien_training.data.prepare)")
    parser.add_argument("--mien", default="mien", help="the Swift binary")
    parser.add_argument("--again", action="store_true", help="write the page of the JSON, measuring nothing")
    arguments = parser.parse_args()
    threads.one()
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
        shipped = {**before, "settings": "shipped until then", "seed": ""}
        found = {"speeds": chooser.speeds, "runs": rows, "shipped": shipped}
        file.write_text(json.dumps(found, indent=1) + "\n")
    OUTPUT.with_suffix(".md").write_text(page(found))
    print(page(found))


if __name__ == "__main__":
    main()
