"""Golden inputs and outputs of every SFMS block and of whole streams, for the Swift tests.

    python -m mien_training.sfms.golden [--shipped]

Blocks are computed in double precision at a small and at the paper's size; weights are not stored, both languages make
them from the same seed. ``--shipped`` adds a stream of the weight files in ``Models/``.
"""

from __future__ import annotations

import argparse
from types import SimpleNamespace

import numpy as np
import torch

from ..export import write_weights
from ..random_weights import fill_module
from .channels import EXPRESSION_FEATURES, GROUPS
from .config import GOLDEN, load
from .predictor import Predictor
from .stream import Sampling, Stream, shipped_sampling
from .tokeniser import Tokeniser

SEED = 42
SIZES = {
    "small": dict(dim=24, heads=3, ff=40, layers=[1, 2, 1, 2], patch=4, rows="sequential", predictor=[2, 1, 2, 2]),
    "paper": dict(dim=256, heads=8, ff=1024, layers=[3, 3, 3, 3], patch=1, rows="parallel", predictor=[2, 2, 3, 3]),
}


def models(size: str) -> tuple[Tokeniser, Predictor]:
    """Both models at a size, with the random weights of ``SEED``."""
    s = SIZES[size]
    t = SimpleNamespace(
        dim=s["dim"], heads=s["heads"], ff=s["ff"], layers=s["layers"], levels=[8, 6, 5], keyframes=10, mask_reach=8,
        dropout=0.0,
    )
    a, b, c, d = s["predictor"]
    p = SimpleNamespace(
        dim=s["dim"], heads=s["heads"], ff=s["ff"], patch=s["patch"], rows=s["rows"], speaker_layers=a,
        listener_layers=b, fusion_layers=c, decoder_layers=d, dropout=0.0,
    )
    tokeniser, predictor = Tokeniser(t), Predictor(p)
    for model in (tokeniser, predictor):
        fill_module(model, SEED)
        model.eval().requires_grad_(False)
    return tokeniser, predictor


def person(frames: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A made-up speaker (frames, 4) and what of them is sensed; away for a while, without gaze for another."""
    t = np.arange(frames)
    sensed = np.stack(
        [
            np.clip(0.3 + 0.3 * np.sin(t / 17) + 0.02 * random.normal(size=frames), 0, 1),
            np.clip(0.2 + 0.2 * np.sin(t / 23), 0, 1), np.exp(5 + 2 * np.sin(t / 11)), 1 + t // 30 % 3,
        ],
        1,
    ).astype(np.float32)
    present = np.ones((frames, 4), np.float32)
    present[frames // 2 : frames // 2 + 12] = 0
    present[: frames // 4, 3] = 0
    return sensed, present


def blocks(size: str, inputs: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Outputs of every block at a size."""
    tokeniser, predictor = (m.double() for m in models(size))
    x, tokens = inputs["frames"][None].double(), inputs["tokens"][None].long()
    mask = (tokens > 0).double()
    values = tokeniser.fsq.value((tokens - 1).clamp(min=0)).double()
    log_pi = tokeniser.logits(x)
    out = {
        "logits": log_pi[0], "codes": tokeniser.fsq.index(tokeniser.quantise(x))[0],
        "key_latents": tokeniser.key_latents(values, mask)[0], "transitions": tokeniser.transitions(mask)[0],
        "line": tokeniser.line(values, mask)[0], "inpaint": tokeniser.inpaint(values, mask)[0],
    }  # fmt: skip
    gap = log_pi.sort(1, descending=True).values[:, 9:11].diff(dim=1).abs().min()
    assert gap > 1e-5, "the tenth keyframe is a toss-up"
    out["chosen"] = tokeniser.choose(x)[0]
    past, before = inputs["past_tokens"][None].long(), inputs["before"][None].long()
    speaker = predictor.speaker(inputs["features"][None].double())
    listener = predictor.encode_listener(inputs["motion"][None].double(), past)
    memory = predictor.fuse(listener, speaker)
    out |= {
        "speaker": speaker[0], "listener": listener[0], "memory": memory[0],
        "rows": predictor.decode(memory, before)[0].flatten(1),
    }  # fmt: skip
    if size == "paper":  # files stay small: of the wide outputs every seventh column
        for name in ("key_latents", "transitions", "speaker", "listener", "memory", "rows"):
            out[name] = out[name][:, ::7]
    return {f"{size}.{name}": value for name, value in out.items()}


def stream(
    prefix: str, tokeniser, predictor, sampling: Sampling, frames: int, seed: int, kept: int
) -> dict[str, np.ndarray]:
    """A person, the frames that a stream answers with, and the tokens it drew."""
    sensed, present = person(frames, np.random.default_rng(5))
    run = Stream(tokeniser, predictor, [seed], sampling, kept)
    out = np.stack([run.next(sensed[t][None], present[t][None])[0] for t in range(frames)])
    rows = torch.cat(run.rows, 1)[0].numpy()
    return {f"{prefix}.sensed": sensed, f"{prefix}.present": present, f"{prefix}.frames": out, f"{prefix}.tokens": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shipped", action="store_true")
    arguments = parser.parse_args()
    torch.set_grad_enabled(False)
    torch.backends.mha.set_fastpath_enabled(False)
    random = np.random.default_rng(3)
    normal = lambda *shape: torch.from_numpy(random.normal(size=shape).astype(np.float32))  # noqa: E731
    count = len(GROUPS)
    drawn = lambda rows, share: torch.from_numpy(  # noqa: E731
        np.where(random.random((rows, count)) < share, random.integers(1, 241, (rows, count)), 0)
    )
    inputs = {"frames": normal(48, 58), "tokens": drawn(48, 0.2), "features": normal(40, 15), "motion": normal(40, 62)}
    inputs |= {"past_tokens": drawn(40, 0.3), "before": drawn(8, 0.5)}
    inputs["tokens"][:5] = 0
    assert len(EXPRESSION_FEATURES) == 8
    found = dict(inputs)
    for size in SIZES:
        found |= blocks(size, inputs)
    tokeniser, predictor = models("small")
    sampling = Sampling(0.9, 0.95, 0.8, 0.97, 10.0, 1.0)
    found |= stream("small.stream", tokeniser, predictor, sampling, 96, 7, kept=8)
    found |= stream("small.receding", tokeniser, predictor, sampling, 48, 7, kept=4)
    write_weights(GOLDEN / "sfms-blocks.safetensors", found)
    if arguments.shipped:
        from .export import load_shipped

        config = load()
        found = stream("shipped", *load_shipped(config), shipped_sampling(config), 400, 11, kept=8)
        write_weights(GOLDEN / "sfms-shipped.safetensors", found)


if __name__ == "__main__":
    main()
