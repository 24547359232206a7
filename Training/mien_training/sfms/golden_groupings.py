"""Golden streams of listeners with other groups than the shipped five: ``python -m mien_training.sfms.golden_groupings``.

Random weights of the small size, which both languages make from the same seed, for every other scheme of
``channels.SCHEMES``. With one group the whole face is drawn as the smile is; with one a channel both sides of the smile are,
and the response to the speaker tilts each.
"""

from __future__ import annotations

import torch

from ..export import write_weights
from .channels import SCHEMES
from .config import GOLDEN
from .golden import models, stream
from .stream import Sampling

OTHERS = [name for name in SCHEMES if name != "5"]


def main() -> None:
    torch.set_grad_enabled(False)
    torch.backends.mha.set_fastpath_enabled(False)
    sampling = Sampling(0.9, 0.95, 0.8, 0.97, 10.0, 1.0, 0.7, 1.3)
    found = {}
    for name in OTHERS:
        found |= stream(name, *models("small", groups=name), sampling, 48, 7, kept=4)
    write_weights(GOLDEN / "sfms-groupings.safetensors", found)


if __name__ == "__main__":
    main()
