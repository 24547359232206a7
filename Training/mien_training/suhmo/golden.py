"""Golden pairs for Swift: `python -m mien_training.suhmo.golden --output Tests/MotionTests/Golden`.

For a small model whose weights travel along (fp32 and fp16), for the paper's size with weights both languages draw, and
for the shipped model: what each block makes of given inputs, and a free run, restarts included.
"""

from __future__ import annotations

import argparse
import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..export import write_weights
from . import export
from .config import Idle
from .generator import Generator
from .idle import Idler
from .transformer import TransformerGenerator

SMALL, PAPER = 16, 1024
SEED = 11


def reference() -> np.ndarray:
    """A face-like set of 68 points (136), from nothing but arithmetic that both languages share."""
    i = np.arange(68, dtype=np.float32)
    x = np.float32(0.3) + np.float32(0.4) * (i * np.float32(13) % np.float32(68)) / np.float32(68)
    y = np.float32(0.3) + np.float32(0.4) * (i * np.float32(29) % np.float32(68)) / np.float32(68)
    return np.stack([x, y], axis=1).reshape(-1).astype(np.float32)


Drawn = tuple[Tensor, Tensor]


def beginning(model: Generator | TransformerGenerator, random: np.random.Generator) -> Drawn:
    """Positions and velocities of a pair, about as large as real ones."""
    def near(scale: Tensor, middle: Tensor | float = 0.0) -> Tensor:
        return middle + scale * torch.from_numpy(random.normal(size=(2, 136)).astype(np.float32))

    return near(model.position_scale, model.mean), near(model.velocity_scale)


@torch.no_grad()
def transformer_blocks(model: TransformerGenerator, random: np.random.Generator) -> dict[str, np.ndarray]:
    """Inputs and outputs of both attentions at the first and the tenth frame and of whole steps, beyond attention's reach."""
    x, v = beginning(model, random)
    state = model.start(x, v)
    own, other, _ = model.attended(model.start(x, v))
    found = {"x": x, "v": v, "own": own, "other": other}
    for frame in range(1, 101):
        state = model.step(state)
        if frame in (1, 10, 100):
            found |= {f"{frame}.x": state.x, f"{frame}.v": state.v}
    return {name: value.contiguous().numpy() for name, value in found.items()}


@torch.no_grad()
def blocks(model: Generator, random: np.random.Generator) -> dict[str, np.ndarray]:
    """Inputs and outputs of the init MLP, an LSTM step, the output MLP and a whole step for a pair."""
    x, v = beginning(model, random)
    start = model.start(x, v)
    maps = model.maps()
    h, c = model.lstm(torch.cat([model.features(x, v, x), start.p], dim=-1), start.h, start.c, maps)
    step = model.step(start, maps)
    later = step
    for _ in range(9):
        later = model.step(later, maps)
    found = {
        "x": x, "v": v, "start.h": start.h, "start.c": start.c, "start.p": start.p, "lstm.h": h, "lstm.c": c,
        "velocity": step.v, "step.x": step.x, "step.v": step.v, "step.p": step.p,
        "ten.x": later.x, "ten.v": later.v, "ten.h": later.h,
    }
    return {name: value.contiguous().numpy() for name, value in found.items()}


def free_run(model: Generator | TransformerGenerator, idle: Idle, start: np.ndarray, frames: int, cheap: bool = False) -> np.ndarray:
    """Every fourth point of each frame, (frames, 34)."""
    made = Idler(model, idle, start, SEED, cheap).frames(frames)
    return np.ascontiguousarray(made[:, ::4].reshape(frames, -1))


def rounding(model: Generator, idle: Idle, start: np.ndarray, run: np.ndarray) -> np.ndarray:
    """How far a free run gets from the same one in double precision, (1,): so much is anyone's order of sums worth."""
    double = copy.deepcopy(model).double()
    begin = double.start
    double.start = lambda x, v: begin(x.double(), v.double())
    return np.abs(free_run(double, idle, start, len(run)) - run).max(keepdims=True).reshape(1).astype(np.float32)


def write(path: Path, values: dict[str, np.ndarray]) -> None:
    print(f"wrote {path}, {write_weights(path, values) / 1e3:.0f} kB")


def transformer(output: Path, idle: Idle, start: np.ndarray) -> None:
    """The Transformer variant: small with its weights, and of the paper's size."""
    facts = export.metadata(SMALL, idle, "transformer", licence="Apache-2.0", training_data="none: random numbers")
    path = output / "suhmo-transformer.safetensors"
    write_weights(path, export.random_tensors(SMALL, SEED, "transformer"), facts)
    small, random = export.load(path)[0], np.random.default_rng(SEED)
    run = {"run": free_run(small, idle, start, 400), "cheap": free_run(small, idle, start, 200, cheap=True)}
    write(output / "suhmo-transformer-golden.safetensors", {**transformer_blocks(small, random), **run})
    paper = export.load_tensors(export.random_tensors(PAPER, SEED, "transformer"))
    write(output / "suhmo-transformer-paper-golden.safetensors", transformer_blocks(paper, random))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=export.MODELS / "suhmo.safetensors", help="the shipped model")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    random = np.random.default_rng(SEED)
    idle, start = Idle(), reference()

    values = export.random_tensors(SMALL, SEED)
    facts = export.metadata(SMALL, idle, licence="Apache-2.0", training_data="none: random numbers")
    for name, half in (("suhmo-small", False), ("suhmo-small-half", True)):
        write_weights(arguments.output / f"{name}.safetensors", values, facts, half=half)
        stored = export.load(arguments.output / f"{name}.safetensors")[0]
        run = {"run": free_run(stored, idle, start, 1000), "cheap": free_run(stored, idle, start, 200, cheap=True)}
        write(arguments.output / f"{name}-golden.safetensors", {**blocks(stored, random), **run})

    displacing = export.load(arguments.output / "suhmo-small.safetensors")[0]
    displacing.displacement = True  # the Δ-based baseline, of the same weights
    write(arguments.output / "suhmo-displacement-golden.safetensors", blocks(displacing, np.random.default_rng(SEED)))

    paper = export.load_tensors(export.random_tensors(PAPER, SEED))
    write(
        arguments.output / "suhmo-paper-golden.safetensors",
        {**blocks(paper, random), "run": free_run(paper, idle, start, 300)},
    )

    starts = 0.01 * np.random.default_rng(SEED).normal(size=(3, 272)).astype(np.float32)
    begun = replace(idle, starts=starts)
    facts = export.metadata(SMALL, begun, licence="Apache-2.0", training_data="none: random numbers")
    small = arguments.output / "suhmo-starts.safetensors"
    write_weights(small, {**values, "idle.starts": starts}, facts, half=True)
    stored, begun, _ = export.load(small)
    write(arguments.output / "suhmo-starts-golden.safetensors", {"run": free_run(stored, begun, start, 400)})

    transformer(arguments.output, idle, start)
    if arguments.model.exists():
        from ..facefit.basis import FaceBasis

        model, idle, _ = export.load(arguments.model)
        neutral = FaceBasis.load().image(np.zeros(58, np.float32)).reshape(-1)
        run = free_run(model, idle, neutral, 1000)
        write(
            arguments.output / "suhmo-shipped-golden.safetensors",
            {**blocks(model, random), "run": run, "run.rounding": rounding(model, idle, neutral, run)},
        )


if __name__ == "__main__":
    main()
