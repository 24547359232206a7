"""One thread for all arithmetic, so that sums come out alike, bit for bit, on any number of cores of one kind.

Networks this small gain little from more, and what is trained from tracks that differ in their last bit is another training.
More cores are used by more processes (``torchrun``), or by several runs side by side.
"""

from __future__ import annotations

import sys

import scipy.linalg  # noqa: F401  loads its own BLAS, which is limited, too
from threadpoolctl import threadpool_limits


def one() -> None:
    """Limits BLAS and, where it is loaded, PyTorch from now on."""
    threadpool_limits(1)
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)
