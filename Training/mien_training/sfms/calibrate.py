"""Fits the listener's calibration: ``python -m mien_training.sfms.calibrate [--config FILE]``.

The trained predictor answers training speakers, free-running, and each channel's quantiles of that are led to those of
the partners who really answered. One number is not fitted but chosen: of the four channels that the conversations measure,
a listener shows less than the population's spread, because real spread is partly people who smile more than others, and a
robot is one listener. The share is the one with the least ``score`` on the development pairs, a rule that was written
before any of it met the test pairs: the mean of FD, P-FD and both pooled as shares of fitted mimicry's, plus
|ln(Var / real Var)|, plus |SI - real SI|, all of smile and cheek.
"""

from __future__ import annotations

import argparse
import math

import numpy as np
import torch

from ..data.channels import MIRROR, MIRROR_SIGN
from ..metrics.listening import ShannonIndex
from .calibration import KNOTS, NAME, Calibration, knots, levelled, lines
from .channels import CHEEK, SMILE
from .config import load, work_root
from .dataset import part
from .evaluate import listen, voices
from .export import load_predictor
from .listening import CLUSTERS, MEASURED, Mimicry, faces, row
from .stream import shipped_sampling
from .train_predictor import load_tokeniser

SPREADS = (0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)
#: Channels whose running mean is led back to the long one: those that mean the same on every face, and the head.
LEVELLED = SMILE + CHEEK + list(range(52, 58))
EVERY = 5  # frames: neighbours tell little more


def drawn(config) -> dict[str, np.ndarray]:
    """What the trained predictor draws, uncalibrated, (N, T, 58): answers to one speaker of each training conversation,
    and two to each development speaker. Cached beside the checkpoints."""
    path = work_root() / "sfms-drawn.npz"
    if not path.exists():
        tokeniser = load_tokeniser(config)
        predictor = load_predictor(config, tokeniser)
        found = {}
        for name, sides, seeds in (("training", 2, 1), ("development", 1, 2)):
            talks = part(name, config.data, config.predictor.audio.kind)[0]
            speakers = np.concatenate([faces(talks)[0][::sides]] * seeds)
            if (sound := voices(talks, predictor)) is not None:
                sound = np.concatenate([sound[::sides]] * seeds)
            found[name] = listen(tokeniser, predictor, speakers, shipped_sampling(config), 1, shows=False, sound=sound)
        np.savez(path, **found)
    return dict(np.load(path))


def fit(made: np.ndarray, real: np.ndarray, spread: float) -> Calibration:
    """The calibration of drawn motion (N, T, 58) to real partners (N, T, 58); left and right are one, mirrored."""
    found = Calibration()
    level = made.mean((0, 1))
    level = ((level + MIRROR_SIGN * level[MIRROR]) / 2).astype(np.float32)
    share = np.zeros(58, np.float32)
    share[LEVELLED] = 1
    x, y = levelled(made, level, share)[:, ::EVERY], real[:, ::EVERY].copy()
    y[..., SMILE + CHEEK] = (y.mean((0, 1)) + spread * (y - y.mean((0, 1))))[..., SMILE + CHEEK]
    both = lambda z, c: np.concatenate([z[..., c], MIRROR_SIGN[c] * z[..., MIRROR[c]]], None)  # noqa: E731
    pairs = [knots(both(x, c), both(y, c)) for c in range(58)]
    for name, values in (("drawn", [p[0] for p in pairs]), ("shown", [p[1] for p in pairs])):
        getattr(found, name).copy_(torch.from_numpy(np.concatenate(values)).float())
    found.level.copy_(torch.from_numpy(level))
    found.share.copy_(torch.from_numpy(share))
    return found


def shown(calibration: Calibration, made: np.ndarray) -> np.ndarray:
    """Drawn sequences (N, T, 58) as a stream shows them."""
    x = levelled(made, calibration.level.numpy(), calibration.share.numpy())
    split = lambda values: values.view(58, KNOTS).numpy()  # noqa: E731
    return lines(x.reshape(-1, 58), split(calibration.drawn), split(calibration.shown)).reshape(x.shape)


DISTANCES = ("fd", "paired_fd", "fd_pooled", "paired_fd_pooled")


def score(found: dict[str, float], real: dict[str, float], mimicry: dict[str, float]) -> float:
    """The less, the better; the module says what it is."""
    distances = np.mean([found[key] / mimicry[key] for key in DISTANCES])
    return float(distances + abs(math.log(found["variance"] / real["variance"])) + abs(found["si"] - real["si"]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config")
    arguments = parser.parse_args()
    torch.set_grad_enabled(False)
    config = load(arguments.config)
    made = drawn(config)
    _, train_known, train = faces(part("training", config.data)[0])
    _, known, real = faces(part("development", config.data)[0])
    index = {"measured": ShannonIndex(train[:, ::EVERY][..., MEASURED], CLUSTERS["measured"])}
    seeds = len(made["development"]) // len(real)
    known_, real_ = np.concatenate([known] * seeds), np.concatenate([real] * seeds)
    figures = lambda x: row(x, real_, known_, "measured", index)  # noqa: E731
    truth = figures(real_)
    copies = figures(Mimicry(train_known, train).fitted(known_, 0))
    show = lambda name, f: print(  # noqa: E731
        name.ljust(34) + " ".join(f"{key} {f[key]:.4f}" for key in (*DISTANCES, "variance", "si", "rpcc", "r", "speed"))
        + (f"  score {score(f, truth, copies):.4f}" if f["variance"] > 0 else ""), flush=True,
    )
    show("real partners, development", truth)
    show("fitted mimicry", copies)
    show("as drawn", figures(made["development"]))
    best = (math.inf, None, None)
    for spread in SPREADS:
        calibration = fit(made["training"], train, spread)
        found = figures(shown(calibration, made["development"]))
        show(f"shown, spread {spread}", found)
        best = min(best, (score(found, truth, copies), spread, calibration), key=lambda b: b[0])
    torch.save(best[2].state_dict(), work_root() / NAME)
    print(f"spread {best[1]} chosen")


if __name__ == "__main__":
    main()
