"""Golden outputs of a predictor with an ear, for the Swift tests: ``python -m mien_training.sfms.golden_audio``.

Random weights, which both languages make from the same seed, at the small size with 12 columns of sound and at the paper's
with 256; every frame heard, none, some, and a face that is not seen. A stream hears from its 20th frame to its 70th.
"""

from __future__ import annotations

import numpy as np
import torch

from ..export import write_weights
from .channels import GROUPS
from .config import GOLDEN
from .golden import models, stream
from .predictor import HAS
from .stream import Sampling

COLUMNS = {"small": 12, "paper": 256}


def cases(features: torch.Tensor, random: np.random.Generator) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Speaker features (40, 15) and which frames of sound were heard (40,), by name."""
    some = torch.from_numpy(random.random(40) < 0.4)
    some[8:17] = False  # two whole tokens of the small size
    return {
        "heard": (features, torch.ones(40, dtype=torch.bool)), "deaf": (features, torch.zeros(40, dtype=torch.bool)),
        "mixed": (features, some), "blind": (torch.zeros_like(features), some),
    }  # fmt: skip


def main() -> None:
    torch.set_grad_enabled(False)
    torch.backends.mha.set_fastpath_enabled(False)
    random = np.random.default_rng(9)
    normal = lambda *shape: torch.from_numpy(random.normal(size=shape).astype(np.float32))  # noqa: E731
    features = normal(40, 15)
    features[:, HAS] = torch.from_numpy((random.random((40, len(HAS))) < 0.7).astype(np.float32))
    features[20:29] = 0
    tokens = torch.from_numpy(np.where(random.random((40, len(GROUPS))) < 0.3, random.integers(1, 241, (40, 5)), 0))
    found = {"motion": normal(40, 62), "past_tokens": tokens, "before": tokens[:8]}
    for size, columns in COLUMNS.items():
        predictor = models(size, columns)[1].double()
        sound = normal(40, columns)
        found[f"{size}.sound"] = sound
        listener = predictor.encode_listener(found["motion"][None].double(), tokens[None])
        step = 7 if size == "paper" else 1
        for name, (face, heard) in cases(features, np.random.default_rng(4)).items():
            speaker = predictor.speaker(face[None].double(), sound[None].double(), heard[None])
            rows = predictor.decode(predictor.fuse(listener, speaker), tokens[None, :8])[0].flatten(1)
            found |= {f"{name}.features": face, f"{name}.heard": heard}
            found |= {f"{size}.{name}.speaker": speaker[0, :, ::step], f"{size}.{name}.rows": rows[:, ::step]}
    sound = normal(96, COLUMNS["small"]).numpy()
    sound[:20], sound[70:], sound[40] = np.nan, np.nan, np.nan
    sampling = Sampling(0.9, 0.95, 0.8, 0.97, 10.0, 1.0, 0.7, 1.3)
    found |= stream("stream", *models("small", COLUMNS["small"]), sampling, 96, 7, 4, sound)
    there = np.isfinite(sound).all(1)
    found |= {"stream.sound": np.where(there[:, None], sound, 0), "stream.heard": there}
    write_weights(GOLDEN / "sfms-audio.safetensors", found)


if __name__ == "__main__":
    main()
