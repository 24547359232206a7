"""Tries listeners that are surer of their codes, beside the smile's: ``python -m mien_training.sfms.temperatures``.

A code temperature is of which code a keyframe has; whether there is one stays as likely as it is.

**The rule**, written before it was run. The predictor answers the speakers of the training and development pairs at each
temperature; what it draws is shown through calibrations of the kind that ``calibrate`` chose, and each pair through one that
was not fitted to it. The test pairs have no part. First the face's groups are tried (the head's at 1), judged by the 52
coefficients; then the head's, with the face's as they were chosen, judged by the head's rotation. Chosen is the least

* |ln(Var / real Var)| plus the mean of |SI - real SI| per sequence and pooled, in nats,

among the temperatures that are allowed: at each of FD, P-FD and both pooled no further than at 1; or, where fitted mimicry is
further at 1, no further than ``SHARE`` of it; or, where it is nearer at 1 already (white noise about the mean, of which no
listener that moves like a person is ahead), no further than real listeners of training are. And the velocity's power at the rate
of the blocks stands out of its neighbours' at most ``BEAT`` times as far as at 1: an earlier choice of temperatures, of all of a
group's tokens, looked at figures alone, and the face shivered.

Needs a listener whose calibration was chosen. What it finds is written to ``Models/evaluation``, for the card: the rule takes 1 for
both, which the configuration has; another listener may have others there.
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from ..metrics import spectra
from ..run import threads
from ..run.errors import in_a_line
from .calibrate import TOLD, Choice, Held, draw, rounded, tell
from .config import MODELS, load, work_root
from .dataset import RECORDINGS
from .figures import RATE
from .rows import LEARNT, SETS
from .stream import KEPT
from .train_predictor import load_tokeniser

FILE = "sfms-temperatures.json"
OWN, REAL, NOISE = "SFMS", "real partners", "fitted mimicry"
SHARE = 0.7  # of fitted mimicry's distances; those of dense predictors were at 0.76 of it
BEAT = 1.25
DISTANCES = ("fd", "paired_fd", "fd_pooled", "paired_fd_pooled")
#: Hz: how far from the blocks' rate belongs to it, and how far its neighbours go.
NEAR, FAR = 0.3, 1.2
#: What is tried: the configuration's key, the channel set that judges it, the temperatures.
TRIED = {
    "other_code_temperature": ("expression", (1.0, 0.85, 0.7, 0.55)),
    "head_code_temperature": ("rotation", (1.0, 0.9, 0.8, 0.7)),
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """One way of drawing, of the configuration in this file."""

    config: Path | None
    temperatures: dict[str, float]


def beat(tracks: list[np.ndarray]) -> float:
    """How far the velocity's power at the rate of the blocks stands out of its neighbours': 1 is not at all."""
    frequencies, power = spectra.spectrum(tracks)
    off, power = np.abs(frequencies - RATE / KEPT), power.sum(1)
    return float(power[off <= NEAR].mean() / power[(off > NEAR) & (off <= FAR)].mean())


def beats(faces: np.ndarray) -> dict[str, float]:
    """``beat`` of sequences (N, T, 58) by channel set."""
    return {kind: beat(list(faces[..., own])) for kind, own in SETS.items()}


def strangers(held: Held) -> np.ndarray:
    """For each pair left out a real listener of training, of another pair."""
    random, out = np.random.default_rng(0), np.empty_like(held.real)
    for n in range(len(out)):
        pair = held.pair[n] if n < len(held.pair) else None
        others = np.flatnonzero(np.repeat(held.pair != pair, 2))
        out[n] = held.train[random.choice(others)]
    return out


def figures(asked: Asked) -> dict[str, dict]:
    """Figures by channel set of listeners that draw at these temperatures, on pairs left out; and of the real partners, of
    fitted mimicry and of real listeners of training."""
    threads.one()
    torch.set_grad_enabled(False)
    config = load(asked.config, sampling=asked.temperatures)
    choice = Choice(**json.loads((work_root() / TOLD).read_text())["chosen"])
    held = Held(config, draw(config, load_tokeniser(config)))
    own, real, shown = held.mean_figures(choice), held.figures(held.real), held.shown(choice)[0]
    for found, faces in ((own, shown), (real, held.real)):
        for kind, value in beats(faces).items():
            found[kind]["beat"] = value
    return {OWN: own, REAL: real, NOISE: held.figures(held.mimicry()), LEARNT: held.figures(strangers(held))}


def away(found: dict, real: dict) -> float:
    """How far Var and SI of one channel set are from the truth, as the rule has them."""
    indices = [abs(found[key] - real[key]) for key in ("si", "si_pooled")]
    return float(abs(np.log(found["variance"] / real["variance"])) + np.mean(indices))


def is_allowed(found: dict, plain: dict, mimicry: dict, learnt: dict) -> bool:
    """Whether the rule allows figures of one channel set, from those at temperature 1, of fitted mimicry and of real listeners
    of training."""

    def most(key: str) -> float:
        other = SHARE * mimicry[key] if plain[key] < mimicry[key] else learnt[key]
        return max(plain[key], other)

    return all(found[key] <= most(key) for key in DISTANCES) and found["beat"] <= BEAT * plain["beat"]


def judged(tried: dict[float, dict[str, dict]], kind: str) -> dict[float, dict]:
    """Of each temperature, from its rows by name and channel set: how far away it is, and whether it is allowed."""
    of = lambda rows, name: rows[name][kind]  # noqa: E731
    return {
        value: {
            "away": away(of(rows, OWN), of(rows, REAL)),
            "is_allowed": is_allowed(of(rows, OWN), of(tried[1.0], OWN), of(rows, NOISE), of(rows, LEARNT)),
        }
        for value, rows in tried.items()
    }  # fmt: skip


def chosen(verdicts: dict[float, dict]) -> float:
    """The temperature that the rule takes."""
    return min((value for value, own in verdicts.items() if own["is_allowed"]), key=lambda value: verdicts[value]["away"])


def told(found: dict) -> dict:
    """Figures by channel set as they are kept."""
    beats = {kind: {"beat": round(own["beat"], 3)} if "beat" in own else {} for kind, own in found.items()}
    return {kind: own | beats[kind] for kind, own in rounded(found).items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--processes", type=int, default=4, help="that draw side by side (default: 4)")
    parser.add_argument("--json", type=Path, help=f"(default: Models/evaluation/{FILE}; of a published set {FILE} in MIEN_WORK)")
    arguments = parser.parse_args()
    if not (work_root() / TOLD).exists():
        raise SystemExit("no choice of calibration; run python -m mien_training.sfms.calibrate first")
    with in_a_line():
        is_own = load(arguments.config).data == RECORDINGS
    path = arguments.json or (MODELS / "evaluation" if is_own else work_root()) / FILE
    best = {key: 1.0 for key in TRIED}
    known: dict[tuple, dict] = {}
    out = {}
    with in_a_line(), ProcessPoolExecutor(arguments.processes) as pool, tqdm(total=sum(len(own) for _, own in TRIED.values())) as bar:
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
            out[key] = [{"at": value} | own | {"figures": told(tried[value][OWN])} for value, own in verdicts.items()]
            out |= {name: told(tried[1.0][name]) for name in (REAL, NOISE, LEARNT)}
    path.write_text(json.dumps(out | {"chosen": best}, indent=1) + "\n")
    print(f"chosen: {best}")


if __name__ == "__main__":
    main()
