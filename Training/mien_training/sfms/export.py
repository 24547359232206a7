"""Writes the shipped weight files: ``python -m mien_training.sfms.export [--half]``."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from .. import export as weights
from ..data.channels import CHANNELS
from ..run import checkpoint, threads
from ..run.errors import in_a_line
from .audio import columns
from .calibration import NAME as CALIBRATION
from .calibration import RATE, VERSION, Calibration
from .channels import BODY_FEATURES, EXPRESSION_FEATURES, GROUPS, SCHEMES, SMILE
from . import published
from .config import MODELS, load, read, work_root
from .dataset import RECORDINGS, neutral, part
from .fsq import FSQ
from .predictor import Predictor
from .response import HORIZON, LAGS, fit
from .talk import Talk
from .tokenise import filled_up, speaker_features
from .tokeniser import Tokeniser
from .train_predictor import BEST, load_tokeniser

TRIED = "sfms-calibration.json"  # what was tried before a calibration was chosen; the card tells it
#: The files of a listener, in a folder of weights.
PREDICTOR, TOKENISER = "sfms-predictor.safetensors", "sfms-tokeniser.safetensors"
LICENCE = "Apache-2.0"
NO_SOUND = {"features": 0, "kind": "none"}
TRAINING_DATA = (
    "daoramey/nonverbal-dynamics-VC-resolution (MIT), UCI Grammatical Facial Expressions (CC BY 4.0), "
    "pollen-robotics/reachy2_emotions (Apache-2.0), LivePortrait samples (MIT), GRID (CC BY 4.0), intel-iot-devkit "
    "sample-videos (CC BY 4.0), alexdjulin/LiveLinkFace-CSV-Retarget (MIT)"
)


def best_weights() -> str:
    """Which weights the predictor has that ``load_predictor`` makes."""
    return checkpoint.digest((checkpoint.load(work_root() / BEST) or {"model": {}})["model"])


def load_predictor(config, tokeniser) -> Predictor:
    """The predictor with the best held-out smile, averaged over its last steps; calibrated where that was done."""
    state = checkpoint.load(work_root() / BEST)
    if state is None:
        raise SystemExit("no predictor; run python -m mien_training.sfms.train_predictor first")
    give_ear(config, **state.get("sound", NO_SOUND))
    model = Predictor(config.predictor, tokeniser.codes[0], config.past, config.hop, len(tokeniser.groups))
    model.load_state_dict(state["model"], strict=False)
    model.response.weight.copy_(torch.from_numpy(fit_response(config, tokeniser)))
    model.rest.copy_(torch.from_numpy(rest(config)))
    if (work_root() / CALIBRATION).exists():
        model.calibration = load_calibration()
    return model.eval().requires_grad_(False)


def give_ear(config, features: int, kind: str) -> None:
    """Writes into the configuration what a predictor was trained to hear, so that one of its shape is made."""
    if features:
        config.predictor.audio.features, config.predictor.audio.heard = features, kind
    elif hasattr(config.predictor, "audio"):
        config.predictor.audio.features = 0


def load_calibration() -> Calibration:
    """The calibration that was fitted last."""
    state = checkpoint.load(work_root() / CALIBRATION)
    if state is None:
        raise SystemExit("no calibration; run python -m mien_training.sfms.calibrate first")
    found = Calibration()
    found.load_state_dict(state["calibration"])
    found.rate, found.rest = state["rate"], state.get("rest", state["rate"])
    return found


def fit_response(config, tokeniser) -> np.ndarray:
    """The linear response of the training pairs' listeners."""
    sides = [side for talk in training(config) for side in talk.sensed]
    sensed = filled_up(sides)
    features = speaker_features(sensed)
    smile = (sensed[..., 0] - float(tokeniser.mean[SMILE[0]])) / float(tokeniser.std[SMILE[0]])
    partner = features.reshape(-1, 2, *features.shape[1:])[:, ::-1].reshape(features.shape)
    long = [n for n, side in enumerate(sides) if len(side) > config.past + HORIZON]  # what the regression needs of a conversation
    if not long:
        print(f"no response: no conversation has more than {config.past + HORIZON} frames")
        return np.zeros(2 * len(LAGS), np.float32)
    return fit(*([values[n][: len(sides[n])] for n in long] for values in (partner, smile, features)))


def training(config) -> list[Talk]:
    """The conversations that a listener is trained on, without their sound."""
    with in_a_line():
        return part("training", config.data, least=config.window)[0]


def training_data(config) -> dict[str, str]:
    """What a file says of what it was trained on; another set's terms are its owners'."""
    if config.data == RECORDINGS:
        return {"training_data": TRAINING_DATA, "licence": LICENCE}
    return {"training_data": config.data, "licence": f"as the terms of {config.data.partition(':')[0]} allow"}


def rest(config) -> np.ndarray:
    """The face (58,) that a listener was trained to begin with."""
    return neutral(config.data, [] if config.data == RECORDINGS else training(config))


def begins_with(face: torch.Tensor) -> dict[str, str]:
    """That face, where it is another than 0."""
    return {"neutral": json.dumps([round(float(value), 6) for value in face])} if face.any() else {}


def tokeniser_metadata(config, model: Tokeniser) -> dict[str, str]:
    c = config.tokeniser
    names = {tuple(group): name for name, group in GROUPS.items()}
    levels = [q.code.levels if isinstance(q.code, FSQ) else [] for q in model.quantisers]
    found = {
        "mien.kind": "sfms-tokeniser", "dim": str(c.dim), "heads": str(c.heads), "ff": str(c.ff),
        "layers": json.dumps(c.layers), "levels": json.dumps(levels), "keyframes": str(c.keyframes),
        "placement": c.placement, "chooser_dim": str(c.chooser_dim),
        "mask_reach": str(c.mask_reach), "window": str(config.window), "frame_rate_hz": str(config.frame_rate_hz),
        "groups": json.dumps([[CHANNELS[i] for i in g] for g in model.groups]),
        "group_names": json.dumps([names.get(tuple(g), CHANNELS[g[0]] if len(g) == 1 else "face") for g in model.groups]),
        "normalisation": "(x - mean) / std", **training_data(config),
    }  # fmt: skip
    if [] in levels:
        size, dim = model.quantisers[levels.index([])].code.codebook.shape
        found |= {"codebook": str(size), "codebook_dim": str(dim)}
    return found


def predictor_metadata(config, codes: int, calibration: Calibration) -> dict[str, str]:
    """What its reader must know; of a calibration only where one was fitted, so that others show what they draw."""
    c, s = config.predictor, config.sampling
    ear, shown = {}, {}
    if calibration.is_set:
        shown = {
            "calibration_rate": str(calibration.rate), "calibration_rest_rate": str(calibration.rest),
            "calibration_tempers": str(len(calibration.temper_lines)), "calibration_version": str(VERSION),
        }  # fmt: skip
    if columns(c):
        ear = {"audio_features": str(columns(c)), "audio_kind": c.audio.heard, "audio_kernel": str(c.audio.kernel)}
        ear |= {"audio_patch": str(c.audio.patch), "audio_layers": str(c.audio.layers)}
    return ear | shown | {
        "mien.kind": "sfms-predictor", "dim": str(c.dim), "heads": str(c.heads), "ff": str(c.ff),
        "layers": json.dumps([c.speaker_layers, c.listener_layers, c.fusion_layers, c.decoder_layers]),
        "patch": str(c.patch), "rows": c.rows, "past": str(config.past), "hop": str(config.hop),
        "codes": str(codes), "groups": str(len(SCHEMES[str(config.tokeniser.groups)])),
        "speaker_features": " ".join(EXPRESSION_FEATURES + BODY_FEATURES),
        "frame_rate_hz": str(config.frame_rate_hz), "temperature": str(s.temperature), "nucleus": str(s.nucleus),
        "other_temperature": str(s.other_temperature), "other_nucleus": str(s.other_nucleus),
        "other_code_temperature": str(s.other_code_temperature), "head_code_temperature": str(s.head_code_temperature),
        "response_gain": str(s.response_gain), "change_gain": str(s.change_gain),
        "transition_weight": str(c.transition_weight),
        "normalisation": "the tokeniser's; motion energy: log1p, running mean and deviation",
        **training_data(config),
    }  # fmt: skip


def filled(path: Path) -> Path:
    """A folder with all that ``mien`` reads beside a listener."""
    path.mkdir(parents=True, exist_ok=True)
    for own in MODELS.glob("*.safetensors"):
        if own.name not in (PREDICTOR, TOKENISER):
            shutil.copy(own, path)
    return path


def told(folder: Path) -> dict[str, str]:
    """What the predictor in a folder of weights says of itself."""
    if not (path := folder / PREDICTOR).is_file():
        raise FileNotFoundError(f"{path} is not there, expected what mien_training.sfms.train writes")
    with safe_open(path, "pt") as file:
        return file.metadata()


def hears(folder: Path) -> bool:
    """Whether the listener in a folder of weights has an ear."""
    return int(told(folder).get("audio_features", 0)) > 0


def trained_on(folder: Path) -> str:
    """The data line that the listener in a folder of weights was trained by."""
    data = told(folder)["training_data"]
    try:
        published.parsed(data)
    except ValueError:
        return RECORDINGS
    return data


def weights_of(config: Path | str | None, models: Path | None = None) -> tuple[SimpleNamespace, Path]:
    """A configuration, with the sampling that its listener's weights have, and their folder: ``models``, or where
    ``mien_training.sfms.train`` writes them. Refuses weights of other data."""
    own, folder = load(config), models or (MODELS if read(config) == read() else work_root() / "models")
    if (data := trained_on(folder)) != own.data:
        raise ValueError(f"{folder / PREDICTOR}: trained on {data}, the configuration says {own.data}; name that of its training by --config")
    facts = told(folder)
    for key, value in vars(own.sampling).items():
        setattr(own.sampling, key, float(facts.get(key, value)))
    return own, folder


def load_shipped(config, folder: Path | None = None) -> tuple[Tokeniser, Predictor]:
    """The models in a folder (None: ``Models/``), as Swift reads them."""
    folder = folder or MODELS
    tokeniser, own = Tokeniser(config.tokeniser, config.window), told(folder)
    give_ear(config, int(own.get("audio_features", 0)), own.get("audio_kind", "none"))
    predictor = Predictor(config.predictor, tokeniser.codes[0], config.past, config.hop, len(tokeniser.groups))
    for name, model in ((TOKENISER, tokeniser), (PREDICTOR, predictor)):
        state = load_file(folder / name)
        model.load_state_dict({key: value.float() for key, value in state.items()})
        model.eval().requires_grad_(False)
    predictor.rest.copy_(torch.tensor(json.loads(own.get("neutral", "[0]"))).expand(58))
    calibration = predictor.calibration
    calibration.rate = float(own.get("calibration_rate", RATE))
    calibration.rest = float(own.get("calibration_rest_rate", calibration.rate))
    return tokeniser, predictor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config")
    parser.add_argument("--half", action="store_true", help="matrices in fp16")
    parser.add_argument("--models", type=Path, default=MODELS, help="the folder to write to (default: Models)")
    parser.add_argument("--plain", action="store_true", help="without response and calibration: a listener that shows what it draws")
    parser.add_argument("--weights-only", action="store_true", help="not what was tried for the calibration, into the folder's evaluation")
    arguments = parser.parse_args()
    threads.one()
    with in_a_line():
        config = load(arguments.config)
        arguments.models.mkdir(parents=True, exist_ok=True)
    tokeniser = load_tokeniser(config)
    predictor = load_predictor(config, tokeniser)
    if arguments.plain:
        config.sampling.response_gain = config.sampling.change_gain = 0.0
        predictor.calibration = Calibration()
    for name, model, metadata in (
        (TOKENISER, tokeniser, tokeniser_metadata(config, tokeniser)),
        (PREDICTOR, predictor, predictor_metadata(config, tokeniser.codes[0], predictor.calibration) | begins_with(predictor.rest)),
    ):
        path = arguments.models / name
        weights.write_weights(path, model.state_dict(), metadata, half=arguments.half)
        print(f"{path}: {path.stat().st_size / 1e6:.2f} MB")
    if not arguments.weights_only and (work_root() / TRIED).exists() and (evaluation := arguments.models / "evaluation").exists():
        shutil.copy(work_root() / TRIED, evaluation / TRIED)


if __name__ == "__main__":
    main()
