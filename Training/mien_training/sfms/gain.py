"""Fits the gain of a listener's response: ``python -m mien_training.sfms.gain [--config FILE]``, after ``calibrate``.

The response tilts what the network draws towards the speaker's smile; by how much is ``response_gain`` in the configuration,
which was chosen for one network. On the pairs that the chosen calibration was not fitted to this compares r of listeners and
speakers with that of the real partners. Further apart than ``NEAR``, the gain becomes the one that leads there: a listener is
its response and, apart from it, motion of its own, so r / √(1 - r²) is in proportion to the gain. Then everything is drawn
anew and the calibration fitted again, as it was chosen; otherwise all stays as it is. The configuration with its gain is written
beside the checkpoints (``listener.yaml``), for ``export --config``.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import torch
import yaml

from ..run import threads
from . import calibrate
from .config import LISTENER, load, read, work_root
from .export import TRIED as TOLD
from .train_predictor import load_tokeniser

NEAR = 0.02  # of r
CONFIG = "listener.yaml"


def fitted(gain: float, r: float, real: float) -> float:
    """The gain at which listeners share as much with their speakers as real partners do, from r at the present one."""
    share = lambda r: r / math.sqrt(1 - r * r)  # noqa: E731
    if abs(r - real) <= NEAR or r <= 0:
        return gain
    return gain * max(share(real), 0) / share(r)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, default=LISTENER)
    arguments = parser.parse_args()
    torch.set_grad_enabled(False)
    threads.one()
    load_tokeniser(load(arguments.config))  # stops at a configuration of other data
    told = json.loads((work_root() / TOLD).read_text())
    r, real = (row["measured"]["r"] for row in (calibrate.winner(told)["figures"], told["rows"]["real partners"]))
    tree = read(arguments.config)
    before = tree["sampling"]["response_gain"]
    after = round(fitted(before, r, real), 2)
    tree["sampling"]["response_gain"] = after
    (work_root() / CONFIG).write_text(yaml.safe_dump(tree))
    if after == before:
        print(f"r {r:.4f}, of real partners {real:.4f}: the gain stays {before}")
        return
    held = calibrate.Held(load(work_root() / CONFIG))
    choice = calibrate.Choice(**told["chosen"])
    found = calibrate.fit(held.made, held.train, choice, held.sides)
    calibrate.keep(found, choice)
    figures = held.mean_figures(choice)
    told["gain"] = {"before": before, "after": after, "figures": calibrate.rounded(figures)}
    (work_root() / TOLD).write_text(json.dumps(told, indent=1) + "\n")
    print(f"r {r:.4f}, of real partners {real:.4f}: the gain goes from {before} to {after}, r to {figures['measured']['r']:.4f}")


if __name__ == "__main__":
    main()
