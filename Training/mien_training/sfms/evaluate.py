"""Figures of the listener on held-out conversations, free-running, beside real partners and mimicry baselines.

    python -m mien_training.sfms.evaluate [--config FILE] [--seeds 2] [--part test] [--gain G --change C] [--json]

Of a listener that was trained on a published set the conversations are of that set's own parts, with their sound where it hears.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace

import numpy as np
import torch

from ..run.errors import in_a_line
from .config import load
from .dataset import Talk, part
from .export import load_predictor, load_shipped, weights_of
from .figures import correlation, delays, summary
from .stream import Sampling, Stream, shipped_sampling
from .train_predictor import load_tokeniser


def speakers_and_partners(chosen: list[Talk]) -> tuple[np.ndarray, np.ndarray]:
    """What is sensed of every speaker (N, T, 4), and the partners who really listened to them (N, T, 4)."""
    length = min(len(side) for talk in chosen for side in talk.sensed)
    pairs = [(talk.sensed[i][:length], talk.sensed[1 - i][:length]) for talk in chosen for i in (0, 1)]
    return np.stack([s for s, _ in pairs]), np.stack([p for _, p in pairs])


def voices(talks: list[Talk], predictor) -> np.ndarray | None:
    """The sound of every speaker, in ``listening.faces``'s order, for a predictor with an ear, (N, T, columns)."""
    if predictor.speaker.audio is None:
        return None
    length = min(len(side) for talk in talks for side in talk.sensed)
    out = np.full((2 * len(talks), length, predictor.speaker.audio.features), np.nan, np.float32)
    for n, own in enumerate(own for talk in talks for own in talk.sound):
        if own is not None:
            out[n, : len(own)] = own[:length]
    return out


def listen(
    tokeniser, predictor, speakers: np.ndarray, sampling: Sampling, seed: int, shows: bool = True,
    sound: np.ndarray | None = None,
) -> np.ndarray:
    """Free-running listeners to the speakers, (N, T, 58); ``shows``: as shown, not as drawn. What of a speaker is not finite
    was not sensed. ``sound`` (N, T, columns) is for a predictor with an ear."""
    stream = Stream(tokeniser, predictor, [seed * 1000 + n for n in range(len(speakers))], sampling, shows=shows)
    present = np.isfinite(speakers).astype(np.float32)
    ear = (lambda t: None) if sound is None else (lambda t: sound[:, t])
    return np.stack([stream.next(speakers[:, t], present[:, t], ear(t)) for t in range(speakers.shape[1])], 1)


def mimicry(speakers: np.ndarray, partners: np.ndarray, seed: int = 0) -> dict[str, np.ndarray]:
    """Copies of the speaker's smile: at the best delay, and with fitted delay, gain and noise."""
    best = max(delays(speakers.shape[1]), key=lambda d: np.mean([correlation(s[: len(s) - d], p[d:]) for s, p in zip(speakers, partners)]))
    shifted = np.concatenate([np.repeat(speakers[:, :1], best, 1), speakers[:, : speakers.shape[1] - best]], 1)
    x, y = shifted - shifted.mean(), partners - partners.mean()
    gain = float((x * y).sum() / (x * x).sum())
    noise = np.random.default_rng(seed).normal(size=shifted.shape) * float((y - gain * x).std())
    return {f"copy, {best / 25:.2f} s late": shifted, "copy, fitted gain and noise": partners.mean() + gain * x + noise}


def table(tokeniser, predictor, chosen: list[Talk], sampling: Sampling, seeds: int) -> dict[str, dict[str, float]]:
    """Rows by name: real partners, the model (mean over seeds), baselines."""
    speakers, partners = speakers_and_partners(chosen)
    s, p, sound = speakers[..., 0], partners[..., 0], voices(chosen, predictor)
    rows = {"real partners": summary(s, p, p)}
    runs = []
    for seed in range(seeds):
        faces = listen(tokeniser, predictor, speakers, sampling, seed, sound=sound)
        runs.append(summary(s, faces[..., 23:25].mean(-1), p))
    rows["SFMS"] = {key: float(np.mean([run[key] for run in runs])) for key in runs[0]}
    for name, copied in mimicry(s, p).items():
        rows[name] = summary(s, copied, p)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--part", default="development", choices=["training", "development", "test"])
    parser.add_argument("--checkpoint", action="store_true", help="of the training, not the file that it wrote")
    parser.add_argument("--gain", type=float)
    parser.add_argument("--change", type=float)
    parser.add_argument("--temperature", type=float)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    torch.set_grad_enabled(False)
    with in_a_line():
        config, folder = (load(arguments.config), None) if arguments.checkpoint else weights_of(arguments.config)
        talks = part(arguments.part, config.data, config.predictor.audio.kind, config.window)[0]
    chosen = {"response_gain": arguments.gain, "change_gain": arguments.change, "temperature": arguments.temperature}
    sampling = replace(shipped_sampling(config), **{key: v for key, v in chosen.items() if v is not None})
    if arguments.checkpoint:
        tokeniser = load_tokeniser(config)
        predictor = load_predictor(config, tokeniser)
    else:
        tokeniser, predictor = load_shipped(config, folder)
    rows = table(tokeniser, predictor, talks, sampling, arguments.seeds)
    if arguments.json:
        print(json.dumps(rows))
        return
    for name, row in rows.items():
        print(name.ljust(30) + "  ".join(f"{key} {value:.3f}" for key, value in row.items()))


if __name__ == "__main__":
    main()
