"""What SUHMo's judges see: the joint one in pairs, the sequence judge in windows of each length.

Where parting pairs changes no score, a joint judge tells real from made by each of the two alone, as the sequence judge does.
Where windows are told apart the better the longer they are, short ones add little.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..run.checkpoint import needed
from .config import Config, _build
from .data import Windows
from .discriminators import window_starts
from .tracks import load
from .train import Trainer

LENGTHS = (3, 5, 10, 20, 40)
#: What `seen` finds of a whole model's judges, by the names that it has in a table's rows.
SEEN = ("joint", "lengths")


def parted(rows: Tensor) -> Tensor:
    """Rows 2i and 2i + 1 are a pair: every second person goes on to the next pair."""
    return torch.stack([rows[0::2], rows[1::2].roll(1, 0)], dim=1).flatten(0, 1)


@torch.no_grad()
def seen(checkpoint: Path, tracks: Path | None, batches: int = 12) -> dict[str, list[float]]:
    """`joint`: the joint judge's mean scores of real pairs, real people parted, made pairs and made people parted. `lengths`:
    how far the sequence judge's mean scores of real and made windows are apart, by `LENGTHS`. All of training takes."""
    state = needed(checkpoint, "config", "discriminators")
    config = _build(Config, state["config"], str(checkpoint))
    training, validation = load(tracks, config.data)
    trainer = Trainer(config, Windows(training, config.data), Windows(validation, config.data))
    trainer.restore(state)
    trainer.random = np.random.default_rng(9)
    observed, predicted = config.data.observed, config.data.predicted
    pairs, lengths = [], []
    for _ in range(batches):
        x, v = trainer.batch()
        frames = trainer.frames(x, v), trainer.frames(*trainer.generate(x, v)[:2])
        windows = trainer.draw_windows(observed, predicted)
        score = lambda name, rows, drawn: trainer.judge(rows, [name], *drawn)[name].mean().item()  # noqa: E731
        pairs.append([score("joint", rows, windows) for both in frames for rows in (both, parted(both))])
        alone = [([length], [window_starts(length, observed, predicted)]) for length in LENGTHS]
        lengths.append([score("sequence", frames[0], one) - score("sequence", frames[1], one) for one in alone])
    return {"joint": np.mean(pairs, axis=0).tolist(), "lengths": np.mean(lengths, axis=0).tolist()}
