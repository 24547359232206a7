"""The configuration of a SUHMo run, read from YAML and checked key by key."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import yaml

#: Numbers of a face: 68 points, interleaved x0, y0, x1, y1, ...
COORDINATES = 136
#: Two clips of anybody, or two people of one recording.
PAIRINGS = ("random", "conversation")
JUDGES = ("frame", "sequence", "joint")
DEFAULT = Path(__file__).with_name("configs") / "study.yaml"


@dataclass
class Model:
    kind: str = "lstm"
    hidden: int = 256
    modes: int = 28
    velocity_floor: float = 2e-4
    pair_pool: bool = True
    displacement: bool = False
    exact_norm: bool = False


@dataclass
class Data:
    sources: dict = field(default_factory=lambda: {"signs": 0.7, "clips": 0.2, "moves": 0.1})
    holdout: list = field(default_factory=list)
    validation: list = field(default_factory=list)
    evenness: float = 0.0
    pairing: str = "random"
    observed: int = 5
    predicted: int = 40
    position_smoothing: int = 2
    velocity_smoothing: int = 3
    consistent_positions: bool = True
    reindex_flips: bool = True
    face_height: list = field(default_factory=lambda: [0.4, 1.0])
    stretch: list = field(default_factory=lambda: [1.0, 1.0])
    amplitude: list = field(default_factory=lambda: [1.0, 1.0])
    long: int = 80
    long_share: float = 0.0


@dataclass
class Discriminator:
    kind: str = "lstm"
    hidden: int = 256
    embedding: int = 128
    bfloat16: bool = False
    noise: float = 0.0
    window_rate: float = 0.05
    window_range: list = field(default_factory=lambda: [3, 40])
    windows_a_pass: int = 3
    starts_a_window: int = 0
    positions: bool = True


@dataclass
class Loss:
    adversarial: dict = field(default_factory=lambda: {"frame": 1.0, "sequence": 1.0, "joint": 1.0})
    structure: float = 0.0
    energy: float = 0.0
    l2_predicted: float = 1e-2
    l2_observed: float = 1e-3
    one_step: float = 0.0


@dataclass
class Train:
    seed: int = 7
    pairs: int = 16
    warm_up: int = 1500
    warm_up_rate: float = 1e-3
    warm_up_ramp: int = 0
    warm_up_average: float = 0.9
    rate_generator: float = 1e-4
    rate_discriminator: float = 1e-4
    betas: list = field(default_factory=lambda: [0.5, 0.999])
    clip_norm: float = 1.0
    average: float = 0.998
    decay_in_game: bool = False
    feedback_gradient: float = 1.0
    judges_first: int = 0
    teacher_forced: bool = False
    cold_starts: float = 0.5
    steps: int = 60000
    minutes: float = 60
    check_every: int = 250
    check_starts: int = 300
    bfloat16: bool = False


@dataclass
class Idle:
    run_frames: list = field(default_factory=lambda: [80, 100])
    cross_fade: int = 12
    carry: float = 0.7
    face_height: list = field(default_factory=lambda: [0.45, 0.65])
    shift: float = 0.08
    velocity: float = 0.002
    start_modes: int = 0
    start_share: float = 0.75
    starts: np.ndarray | None = None  # (modes, 272), of `starts.fit` when exported


@dataclass
class Config:
    model: Model = field(default_factory=Model)
    data: Data = field(default_factory=Data)
    discriminator: Discriminator = field(default_factory=Discriminator)
    loss: Loss = field(default_factory=Loss)
    train: Train = field(default_factory=Train)
    idle: Idle = field(default_factory=Idle)

    @staticmethod
    def load(path: Path | str = DEFAULT) -> "Config":
        """Reads a file; an unknown key, a value of another type and one that nothing can be trained by are errors that name it."""
        values = yaml.safe_load(Path(path).read_text()) or {}
        return checked(_build(Config, values, str(path)), str(path))


def checked(config: Config, where: str) -> Config:
    """The same, unless it is one that nothing can be trained by: pairs of no known kind, windows longer than what a judge sees,
    weights of other judges than there are, more modes than coordinates, or a Transformer with a norm that it does not have."""
    model, data, window, weights = config.model, config.data, config.discriminator.window_range, config.loss.adversarial
    most = min(data.observed - 1 + data.predicted, 2 * data.predicted + 1)
    if not 0 <= model.modes <= COORDINATES:
        raise ValueError(f"{where}: model.modes is {model.modes}, expected 1 to {COORDINATES}, or 0 for the coordinates themselves")
    if model.kind == "transformer" and model.exact_norm:
        raise ValueError(f"{where}: model.exact_norm is true, expected false: the Transformer has no spectral norm")
    if data.pairing not in PAIRINGS:
        raise ValueError(f"{where}: data.pairing is {data.pairing!r}, expected {' or '.join(PAIRINGS)}")
    if not (len(window) == 2 and all(type(frames) is int for frames in window) and 1 <= window[0] <= window[1] <= most):
        raise ValueError(f"{where}: discriminator.window_range is {window!r}, expected the least and the most of 1 to {most} frames")
    if set(weights) != set(JUDGES) or not all(type(weight) in (int, float) for weight in weights.values()):
        raise ValueError(f"{where}: loss.adversarial is {weights!r}, expected a number for each of {', '.join(JUDGES)}; 0 for none")
    return config


def _build(cls: type, values: Any, where: str) -> Any:
    if not isinstance(values, dict):
        raise ValueError(f"{where}: expected a mapping, found {type(values).__name__}")
    types = get_type_hints(cls)
    unknown = set(values) - {f.name for f in fields(cls)}
    if unknown:
        raise ValueError(f"{where}: unknown key {sorted(unknown)[0]}")
    built = {}
    for key, value in values.items():
        kind, place = types[key], f"{where}: {key}"
        if is_dataclass(kind):
            built[key] = _build(kind, value, place)
        elif kind is float and isinstance(value, (int, float)) and not isinstance(value, bool):
            built[key] = float(value)
        elif isinstance(value, kind):
            built[key] = value
        else:
            raise ValueError(f"{place}: expected {kind.__name__}, found {value!r}")
    return cls(**built)
