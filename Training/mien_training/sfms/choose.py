"""Tries ways of sampling on the training and development speakers: ``python -m mien_training.sfms.choose``.

Prints, for each, what real partners of the same speakers do and what the listener does: how much of the smile is shared,
at which lag, how large and how quick it is. The test pairs have no part in it.

    --try temperature=0.95,response_gain=7.5 --try temperature=1,response_gain=5
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
import torch

from ..run.errors import in_a_line
from .channels import CHEEK, SMILE
from .config import load
from .dataset import part
from .evaluate import listen, voices
from .export import load_predictor, load_shipped, weights_of
from .figures import correlation, lagged, smooth
from .stream import shipped_sampling
from .talk import faces, shortest
from .train_predictor import load_tokeniser


def figures(made: np.ndarray, known: np.ndarray) -> dict[str, float]:
    """Figures of faces (N, T, 58) that answer speakers (N, T, 58)."""
    smile, cheek, speaker = made[..., SMILE].mean(-1), made[..., CHEEK].mean(-1), known[..., SMILE].mean(-1)
    pairs = [(smooth(a), smooth(b)) for a, b in zip(speaker, smile)]
    cross = np.mean([lagged(a, b) for a, b in pairs], 0)
    pooled = made[..., :52].reshape(-1, 52)
    return {
        "r": float(np.mean([correlation(a, b) for a, b in zip(speaker, smile)])),
        "r_smooth": float(np.mean([correlation(a, b) for a, b in pairs])), "peak": float(cross.max()),
        "lag_s": (int(cross.argmax()) - 75) / 25, "smile": float(smile.mean()), "smile_var": float(smile.var(1).mean()),
        "between": float(smile.mean(1).std()), "cheek": float(cheek.mean()), "cheek_var": float(cheek.var(1).mean()),
        "with_cheek": float(np.mean([correlation(a, b) for a, b in zip(smile, cheek)])),
        "speed": float(np.abs(np.diff(smile)).mean() * 25), "face_var": float(made[..., :52].var(1).mean()),
        "face_mean": float(pooled.mean()), "face_speed": float(np.abs(np.diff(made[..., :52], axis=1)).mean() * 25),
        "turn_var": float(made[..., 52:55].var(1).mean()),
        "turn_speed": float(np.abs(np.diff(made[..., 52:55], axis=1)).mean() * 25),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config")
    parser.add_argument("--shipped", action="store_true", help="the exported weights, not the training's best")
    parser.add_argument("--seconds", type=float, default=72)
    parser.add_argument("--stride", type=int, default=1, help="every so many conversations of the training pairs")
    parser.add_argument("--try", dest="tries", action="append", default=[], metavar="KEY=VALUE,…")
    arguments = parser.parse_args()
    torch.set_grad_enabled(False)
    with in_a_line():
        config, folder = weights_of(arguments.config) if arguments.shipped else (load(arguments.config), None)
        own = [part(name, config.data, config.predictor.audio.kind, config.window)[0] for name in ("training", "development")]
    if arguments.shipped:
        tokeniser, predictor = load_shipped(config, folder)
    else:
        tokeniser = load_tokeniser(config)
        predictor = load_predictor(config, tokeniser)
    talks, frames = own[0][:: arguments.stride] + own[1], int(25 * arguments.seconds)
    first = min(1000, max(shortest(talks) - frames, 0))
    cut = lambda x: x[:, first : first + frames]  # noqa: E731
    speakers, known, real = map(cut, faces(talks))
    sound = voices(talks, predictor)
    sound = None if sound is None else cut(sound)
    show = lambda name, f: print(name.ljust(52) + " ".join(f"{k} {v:.4f}" for k, v in f.items()), flush=True)  # noqa: E731
    show(f"real partners of {len(speakers)}", figures(real, known))
    for text in arguments.tries or [""]:
        values = {key: float(value) for key, value in (pair.split("=") for pair in text.split(",") if pair)}
        made = listen(tokeniser, predictor, speakers, replace(shipped_sampling(config), **values), 1, sound=sound)
        show(text or "as configured", figures(made, known))


if __name__ == "__main__":
    main()
