"""What all processes of a run draw, so that one that was stopped goes on as if it had not been.

Batches come from one numpy generator, which every process holds in the same state; what each draws by itself (dropout) comes
from PyTorch's, which differs between processes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from . import processes


def apart(seed: int) -> None:
    """Lets what PyTorch draws differ between processes; one alone goes on with what it has."""
    if processes.count() > 1:
        torch.manual_seed(seed * 1009 + processes.rank())


def state(random: np.random.Generator) -> dict[str, Any]:
    """What ``restore`` goes on from. All processes must ask for it."""
    own = {"torch": torch.get_rng_state()}
    if torch.cuda.is_initialized():
        own["cuda"] = torch.cuda.get_rng_state()
    return {"numpy": random.bit_generator.state, "processes": processes.gathered(own)}


def restore(found: dict[str, Any], random: np.random.Generator) -> None:
    """Goes on from a state. Where it is of another number of processes, or of another device, PyTorch's draws begin anew."""
    random.bit_generator.state = found["numpy"]
    if len(found["processes"]) == processes.count():
        own = found["processes"][processes.rank()]
        torch.set_rng_state(own["torch"].cpu())
        if "cuda" in own and torch.cuda.is_available():
            torch.cuda.set_rng_state(own["cuda"].cpu())
