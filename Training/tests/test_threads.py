"""Tracks and trainings do not depend on how many cores there are."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("threadpoolctl")

TRAINING = Path(__file__).resolve().parents[1]
#: A product and a sum that come out otherwise on several threads, if there are several cores.
WORK = """
import hashlib, sys
import numpy as np, torch
from mien_training.run import threads
if sys.argv[1] == "one":
    threads.one()
random = np.random.default_rng(1)
a, b = random.normal(size=(2, 700, 700)).astype(np.float32)
c, s = a @ b, torch.from_numpy(random.normal(size=1 << 22).astype(np.float32)).sum()
print(torch.get_num_threads(), hashlib.sha256(c.tobytes() + s.numpy().tobytes()).hexdigest())
"""


def result(cores: int, what: str) -> list[str]:
    environment = os.environ | {"OMP_NUM_THREADS": str(cores), "OPENBLAS_NUM_THREADS": str(cores), "PYTHONPATH": str(TRAINING)}
    return subprocess.run([sys.executable, "-c", WORK, what], env=environment, capture_output=True, text=True, check=True).stdout.split()


def test_one_thread_gives_the_same_bits_whatever_the_machine_offers() -> None:
    assert result(4, "all")[0] == "4"
    assert result(4, "one") == result(1, "one") == result(1, "all")
