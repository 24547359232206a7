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
from .channels import EXPRESSION_FEATURES, GROUPS, SCHEMES
from .config import GOLDEN
from .predictor import Predictor
from .stream import Sampling, Stream, shipped_sampling
from .tokeniser import Tokeniser

SEED = 42
SIZES = {
    "small": dict(dim=24, chooser_dim=18, heads=3, ff=40, layers=[1, 2, 1, 2], patch=4, rows="sequential", predictor=[2, 1, 2, 2]),
    "paper": dict(dim=256, chooser_dim=48, heads=8, ff=1024, layers=[3, 3, 3, 3], patch=1, rows="parallel", predictor=[2, 2, 3, 3]),
}


FINE = [[40, 30, 20, 12, 8, 7, 6, 5], [50, 3], [30, 20, 16, 12, 10, 8], [20, 19, 18], [21, 9, 8]]


def random_tokeniser(size: str, levels=((8, 6, 5),) * 5, placement: str = "path", groups: str = "5") -> Tokeniser:
    """A tokeniser at a size with the random weights of ``SEED``; ``groups``: its scheme."""
    s = SIZES[size]
    config = SimpleNamespace(
        groups=groups, placement=placement, dim=s["dim"], chooser_dim=s["chooser_dim"], heads=s["heads"], ff=s["ff"],
        layers=s["layers"], levels=levels and [list(own) for own in levels], keyframes=10, mask_reach=8, dropout=0.0,
    )
    model = Tokeniser(config)
    fill_module(model, SEED)
    return model.eval().requires_grad_(False)


def models(size: str, audio: int = 0, groups: str = "5") -> tuple[Tokeniser, Predictor]:
    """Both models at a size, with the random weights of ``SEED``; the predictor hears ``audio`` columns. 240 codes for each
    group of the scheme ``groups``."""
    s = SIZES[size]
    a, b, c, d = s["predictor"]
    p = SimpleNamespace(
        dim=s["dim"], heads=s["heads"], ff=s["ff"], patch=s["patch"], rows=s["rows"], speaker_layers=a,
        listener_layers=b, fusion_layers=c, decoder_layers=d, dropout=0.0,
        audio=SimpleNamespace(features=audio, kernel=6, patch=4, layers=1 if size == "paper" else 2),
    )
    count = len(SCHEMES[groups])
    predictor = Predictor(p, groups=count)
    fill_module(predictor, SEED)
    return random_tokeniser(size, ((8, 6, 5),) * count, groups=groups), predictor.eval().requires_grad_(False)


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
    values = tokeniser.value((tokens - 1).clamp(min=0)).double()
    scores = tokeniser.chooser(x, 10)
    out = {
        "scores": scores[0], "codes": tokeniser.index(tokeniser.quantise(x))[0],
        "key_latents": tokeniser.key_latents(values, mask)[0], "transitions": tokeniser.transitions(mask)[0],
        "line": tokeniser.line(values, mask)[0], "inpaint": tokeniser.inpaint(values, mask)[0],
    }  # fmt: skip
    for placement, k in (("exact", 3), ("exact", 10), ("coded", 3), ("coded", 10), ("path", 10), ("top-k", 10)):
        tokeniser.placement = placement
        out[f"{placement}.{k}"] = tokeniser.choose(x, k)[0]
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


def reconstructions(frames: torch.Tensor) -> dict[str, torch.Tensor]:
    """Windows through keyframes and codes and back: codes too many to list, a learned codebook, every frame a token."""
    x = frames[None].double()
    out = {}
    for name, levels, placement in (("fine", FINE, "exact"), ("vector", None, "exact"), ("dense", FINE, "dense")):
        model = random_tokeniser("small", levels, placement).double()
        out[f"reconstruction.{name}"] = model.inpaint(model.quantise(x), model.choose(x, 7))[0]
    return out


def stream(
    prefix: str, tokeniser, predictor, sampling: Sampling, frames: int, seed: int, kept: int,
    sound: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """A person, the frames that a stream answers with, and the tokens it drew; ``sound`` (frames, columns)."""
    sensed, present = person(frames, np.random.default_rng(5))
    run = Stream(tokeniser, predictor, [seed], sampling, kept)
    ear = (lambda t: None) if sound is None else (lambda t: sound[t][None])
    out = np.stack([run.next(sensed[t][None], present[t][None], ear(t))[0] for t in range(frames)])
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
    found |= reconstructions(inputs["frames"])
    tokeniser, predictor = models("small")
    sampling = Sampling(0.9, 0.95, 0.8, 0.97, 10.0, 1.0, 0.7, 1.3)
    found |= stream("small.stream", tokeniser, predictor, sampling, 96, 7, kept=8)
    found |= stream("small.receding", tokeniser, predictor, sampling, 48, 7, kept=4)
    write_weights(GOLDEN / "sfms-blocks.safetensors", found)
    if arguments.shipped:
        from .export import load_shipped, weights_of

        config, _ = weights_of(None)
        found = stream("shipped", *load_shipped(config), shipped_sampling(config), 400, 11, kept=8)
        write_weights(GOLDEN / "sfms-shipped.safetensors", found)


if __name__ == "__main__":
    main()
