"""Writes a trained generator as the file that Swift maps: `python -m mien_training.suhmo.export --checkpoint best.pt`.

Spectral norms are folded into the weights (W / sigma). Matrices are stored row-major [outputs, inputs], in fp32 or fp16;
biases, norms and scales always in fp32.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open

from ..export import write_weights
from ..random_weights import random_weights
from ..run.checkpoint import needed
from ..run.errors import in_a_line
from .config import Config, Idle, Model, _build
from .generator import Generator
from .transformer import TransformerGenerator

MODELS = Path(__file__).resolve().parents[3] / "Models"
#: The generators by `model.kind`, and their linear layers and norms by the names that are theirs in the file, too.
GENERATORS = {"lstm": Generator, "transformer": TransformerGenerator}
LAYERS = {
    "lstm": ("init_in", "init_out", "out_in", "out_hidden", "out_last", "norm_in", "norm_hidden"),
    "transformer": (
        "embed", "feed_in", "feed_out", "norm", "head", "norm_head", "out_last",
        *(f"{part}.{layer}" for part in ("own", "other") for layer in ("query", "key", "value", "out", "norm")),
    ),
}
NORMALISED = ("out_in", "out_hidden", "out_last")  # the LSTM's layers with a spectral norm
SCALES = ("mean", "position_scale", "velocity_scale")
#: What is told of a checkpoint.
HELD = ("config", "averaged", "step", "best")
#: What a file says of its tensor `idle.starts`.
STARTS = (
    "where runs after the first begin: the reference plus the sum of normal draws times the rows, each an offset and a velocity "
    "a frame of 136 numbers in face heights; fitted to training frames about each take's mean"
)
LICENCES = {
    "signs": "signs: CC BY 4.0 (UCI Grammatical Facial Expressions)",
    "moves": "moves: Apache-2.0",
    "clips": "clips: MIT and CC BY 4.0",
}


def kind_of(model: Generator | TransformerGenerator) -> str:
    return next(kind for kind, made in GENERATORS.items() if isinstance(model, made))


def untrained(sizes: Model) -> Generator | TransformerGenerator:
    """A generator of a configuration's sizes."""
    if sizes.kind not in GENERATORS:
        raise ValueError(f"model.kind is {sizes.kind!r}, expected {' or '.join(GENERATORS)}")
    shape = (sizes.hidden, sizes.modes, sizes.pair_pool, sizes.displacement)
    return Generator(*shape, sizes.exact_norm) if sizes.kind == "lstm" else TransformerGenerator(*shape)


def tensors(model: Generator | TransformerGenerator) -> dict[str, np.ndarray]:
    """The generator's numbers by the names of the file, spectral norms folded."""
    model.eval().requires_grad_(False)
    found, kind = {}, kind_of(model)
    for name in LAYERS[kind]:
        layer = model.get_submodule(name)
        found[f"{name}.weight"] = layer.weight
        found[f"{name}.bias"] = layer.bias
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh") if kind == "lstm" else ():
        found[f"cell.{name}"] = getattr(model.cell, name)
    if model.modes is not None:
        found["out_last.weight"] = model.modes @ model.out_last.weight
        found["out_last.bias"] = model.modes @ model.out_last.bias
    for name in SCALES:
        found[name] = getattr(model, name)
    return {name: value.detach().numpy().astype(np.float32) for name, value in found.items()}


def load_tensors(values: dict[str, np.ndarray]) -> Generator | TransformerGenerator:
    """A generator of given numbers, without spectral norm (they are folded)."""
    if "cell.weight_hh" in values:
        model = Generator(values["cell.weight_hh"].shape[1])
        for name in NORMALISED:
            torch.nn.utils.parametrize.remove_parametrizations(getattr(model, name), "weight")
    else:
        model = TransformerGenerator(values["embed.weight"].shape[0])
    state = {name: torch.from_numpy(np.ascontiguousarray(value, dtype=np.float32)) for name, value in values.items()}
    model.load_state_dict(state)
    return model.eval()


def load(path: Path | str) -> tuple[Generator | TransformerGenerator, Idle, dict[str, str]]:
    """The generator, its idling settings and the metadata of a file."""
    with safe_open(str(path), "np") as file:
        metadata = file.metadata()
        values = {name: file.get_tensor(name) for name in file.keys()}
    starts = values.pop("idle.starts", None)
    model = load_tensors(values)
    model.displacement = metadata.get("output") == "displacement"
    return model, replace(idle_settings(metadata), starts=starts), metadata


def idle_settings(metadata: dict[str, str]) -> Idle:
    number = lambda key: float(metadata[f"idle.{key}"])  # noqa: E731
    return Idle(
        run_frames=[int(metadata["idle.run_frames_least"]), int(metadata["idle.run_frames_most"])],
        cross_fade=int(metadata["idle.cross_fade_frames"]),
        carry=number("carry"),
        face_height=[number("face_height_least"), number("face_height_most")],
        shift=number("shift"),
        velocity=number("velocity"),
        start_modes=int(metadata.get("idle.start_modes", 0)),
    )


def metadata(hidden: int, idle: Idle, kind: str = "lstm", **more: str) -> dict[str, str]:
    return {
        "mien.kind": f"suhmo-{kind}",
        "hidden": str(hidden),
        "landmarks": "68",
        "frame_rate_hz": "25",
        "normalisation": "x: (x - mean) / position_scale; v: v / velocity_scale, one unit is the side of the square",
        "idle.run_frames_least": str(idle.run_frames[0]),
        "idle.run_frames_most": str(idle.run_frames[1]),
        "idle.cross_fade_frames": str(idle.cross_fade),
        "idle.carry": repr(idle.carry),
        "idle.face_height_least": repr(idle.face_height[0]),
        "idle.face_height_most": repr(idle.face_height[1]),
        "idle.shift": repr(idle.shift),
        "idle.velocity": repr(idle.velocity),
        **({} if idle.starts is None else {"idle.start_modes": str(len(idle.starts)), "idle.starts": STARTS}),
        **more,
    }


def random_tensors(hidden: int, seed: int, kind: str = "lstm") -> dict[str, np.ndarray]:
    """A model of any size whose weights are counter-based draws, the same as Swift's `RandomWeights`."""
    values = {name: value for name, value in tensors(GENERATORS[kind](hidden)).items()}
    for name, value in values.items():
        if name not in SCALES:
            values[name] = random_weights(name, value.shape, seed)
    ones = np.ones(136, np.float32)
    return values | {"mean": 0.5 * ones, "position_scale": np.float32(0.1) * ones, "velocity_scale": np.float32(0.001) * ones}


def with_starts(config: Config, tracks: Path | None) -> Idle:
    """The idling of a configuration, its starts fitted to the training takes."""
    from .data import Windows
    from .starts import fit
    from .tracks import load as load_tracks

    training, _ = load_tracks(tracks, config.data)
    modes = fit(Windows(training, config.data), config.data, config.idle.start_modes)
    return replace(config.idle, starts=config.idle.start_share * modes)


def write(checkpoint: Path, output: Path, idle: Idle | None = None, half: bool = False) -> tuple[int, int]:
    """Writes a checkpoint's averaged generator; bytes written and the step it is of."""
    state = needed(checkpoint, *HELD)
    config = _build(Config, state["config"], str(checkpoint))
    kind, model = config.model.kind, untrained(config.model)
    model.load_state_dict(state["averaged"])
    values = tensors(model)
    if idle and idle.starts is not None:
        values["idle.starts"] = idle.starts
    sources = [source.partition(":")[0] for source in config.data.sources]
    facts = metadata(
        config.model.hidden, idle or config.idle, kind, training_data=", ".join(sources), licence="Apache-2.0 (weights)",
        data_licences="; ".join(LICENCES.get(source, f"{source}: ask its owners") for source in sources),
        steps=str(state["step"]), frechet=f"{state['best']:.4f}", training_settings=repr(asdict(config)),
    )
    if config.model.displacement:
        facts["output"] = "displacement"
    facts["parameters"] = str(sum(value.size for name, value in values.items() if name not in (*SCALES, "idle.starts")))
    return write_weights(output, values, facts, half=half), state["step"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--config", type=Path, help="take the idling settings from here, not from the checkpoint")
    parser.add_argument("--tracks", type=Path, help="folder of lifted tracks, which idling's starts are fitted to")
    parser.add_argument("--output", type=Path, default=MODELS / "suhmo.safetensors")
    parser.add_argument("--half", action="store_true", help="store the matrices in fp16")
    arguments = parser.parse_args()
    with in_a_line():
        state = needed(arguments.checkpoint, *HELD)
        config = Config.load(arguments.config) if arguments.config else _build(Config, state["config"], str(arguments.checkpoint))
        idle = with_starts(config, arguments.tracks) if config.idle.start_modes else config.idle
    size, step = write(arguments.checkpoint, arguments.output, idle, arguments.half)
    print(f"wrote {arguments.output}, {size / 1e6:.1f} MB, step {step}")


if __name__ == "__main__":
    main()
