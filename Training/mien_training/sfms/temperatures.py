"""Chooses at which temperatures the groups beside the smile's are drawn: ``python -m mien_training.sfms.temperatures``.

**The rule**, written before it was run. The predictor answers the speakers of the training and development pairs at each
temperature; what it draws is shown through calibrations of the kind that ``calibrate`` chose, and each pair through one that
was not fitted to it. The test pairs have no part. First the face's groups are tried (the head's at 1), judged by the 52
coefficients; then the head's, with the face's as they were chosen, judged by the head's rotation. Chosen is the least

* |ln(Var / real Var)| plus the mean of |SI - real SI| per sequence and pooled, in nats,

among the temperatures at which each of FD, P-FD and both pooled is at most what it is at 1, or at most ``SHARE`` of fitted
mimicry's: at temperature 1 all distances are least, for then everything that people do is done by everyone; but being ahead of
the baselines is what is asked of distances, and being nearest to the truth of the others.

Needs a listener whose calibration was chosen. What it finds is written to ``Models/evaluation`` and set in the configuration by
hand; ``calibrate`` and ``gain`` then follow.
"""

from __future__ import annotations

import argparse
import json
import math
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import torch
from tqdm import tqdm

from ..run import threads
from .calibrate import DISTANCES, TOLD, Choice, Held, draw, rounded, tell
from .config import MODELS, load, work_root

FILE = "sfms-temperatures.json"
OWN, REAL, NOISE = "SFMS", "real partners", "fitted mimicry"
SHARE = 0.7  # of fitted mimicry's distances; those of dense predictors were at 0.76 of it
#: What is tried: the configuration's key, the channel set that judges it, the temperatures.
TRIED = {
    "other_temperature": ("expression", (1.0, 0.85, 0.7, 0.55, 0.4)),
    "head_temperature": ("rotation", (1.0, 0.95, 0.9, 0.8, 0.7)),
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """One way of drawing, of the configuration in this file."""

    config: Path | None
    temperatures: dict[str, float]


def figures(asked: Asked) -> dict[str, dict]:
    """Figures by channel set of listeners that draw at these temperatures, on pairs left out; of the real partners and of
    fitted mimicry, too."""
    threads.one()
    torch.set_grad_enabled(False)
    config = load(asked.config, sampling=asked.temperatures)
    choice = Choice(**json.loads((work_root() / TOLD).read_text())["chosen"])
    held = Held(config, draw(config))
    return {OWN: held.mean_figures(choice), REAL: held.figures(held.real), NOISE: held.figures(held.mimicry())}


def away(found: dict, real: dict) -> float:
    """How far figures of one channel set are from the truth, as the rule has it."""
    spread = abs(math.log(found["variance"] / real["variance"]))
    return spread + (abs(found["si"] - real["si"]) + abs(found["si_pooled"] - real["si_pooled"])) / 2


def is_allowed(found: dict, plain: dict, mimicry: dict) -> bool:
    """Whether distances are no larger than at temperature 1, or far enough below fitted mimicry's."""
    return all(found[key] <= max(plain[key], SHARE * mimicry[key]) for key in DISTANCES)


def judged(tried: dict[float, dict[str, dict]], kind: str) -> dict[float, dict]:
    """Of each temperature, from its rows by name and channel set: how far away it is, and whether it is allowed."""
    of = lambda rows, name: rows[name][kind]  # noqa: E731
    return {
        value: {
            "away": away(of(rows, OWN), of(rows, REAL)),
            "is_allowed": is_allowed(of(rows, OWN), of(tried[1.0], OWN), of(rows, NOISE)),
        }
        for value, rows in tried.items()
    }  # fmt: skip


def chosen(verdicts: dict[float, dict]) -> float:
    """The temperature that the rule takes."""
    return min((value for value, own in verdicts.items() if own["is_allowed"]), key=lambda value: verdicts[value]["away"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--processes", type=int, default=4, help="that draw side by side (default: 4)")
    parser.add_argument("--json", type=Path, default=MODELS / "evaluation" / FILE)
    arguments = parser.parse_args()
    if not (work_root() / TOLD).exists():
        raise SystemExit("no choice of calibration; run python -m mien_training.sfms.calibrate first")
    best = {key: 1.0 for key in TRIED}
    known: dict[tuple, dict] = {}
    out = {}
    with ProcessPoolExecutor(arguments.processes) as pool, tqdm(total=sum(len(own) for _, own in TRIED.values())) as bar:
        for key, (kind, values) in TRIED.items():
            ways = {value: best | {key: value} for value in values}
            new = [way for way in ways.values() if tuple(way.values()) not in known]
            bar.update(len(ways) - len(new))
            for way, rows in zip(new, pool.map(figures, [Asked(arguments.config, way) for way in new])):
                known[tuple(way.values())] = rows
                bar.update()
            tried = {value: known[tuple(way.values())] for value, way in ways.items()}
            verdicts = judged(tried, kind)
            best[key] = chosen(verdicts)
            for value, own in verdicts.items():
                tell(f"{key} {value}", tried[value][OWN], own["away"])
            out[key] = [{"at": value} | own | {"figures": rounded(tried[value][OWN])} for value, own in verdicts.items()]
            out |= {name: rounded(tried[1.0][name]) for name in (REAL, NOISE)}
    arguments.json.write_text(json.dumps(out | {"chosen": best}, indent=1) + "\n")
    print(f"chosen: {best}")


if __name__ == "__main__":
    main()
