"""PyTorch on one thread, timed on the blocks that ``mien bench`` times; prints JSON.

    python -m mien_training.peers.bench_torch

Each block has p50_us and p99_us in microseconds and the count of its runs, under the name that ``mien bench`` gives it.
"""

from __future__ import annotations

import json
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch import nn  # noqa: E402


def timed(step, seconds: float = 1.0, between=None) -> dict[str, float]:
    """Times of a step that is repeated for some seconds, at least 20 times, after 5 runs that do not count."""
    for _ in range(5):
        step()
    times: list[float] = []
    until = time.perf_counter() + seconds
    while len(times) < 20 or time.perf_counter() < until:
        if between:
            between()
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1e6)
    return {"p50_us": float(np.median(times)), "p99_us": float(np.percentile(times, 99)), "count": len(times)}


def bounded_least_squares() -> dict[str, object]:
    """SciPy's bounded least squares at the size of a face of 32 actuators: 55 channels, each unknown within -1..1."""
    try:
        from scipy.optimize import lsq_linear
    except ImportError:
        return {}
    random = np.random.default_rng(0)
    matrix = random.random((55, 32)) * (random.random((55, 32)) < 0.1)
    faces = random.random((500, 55))
    place = [0]

    def solve() -> None:
        place[0] = (place[0] + 1) % len(faces)
        lsq_linear(matrix, faces[place[0]], bounds=(-1, 1), method="bvls")

    times = timed(solve)
    return {"nearest_face_32": times, "nearest_face_32_cold": times}


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    flush = np.zeros(128 << 20, np.uint8)

    def stream_through_the_caches() -> None:
        flush.sum()

    results: dict[str, object] = {"library": f"torch {torch.__version__}", "threads": 1}
    with torch.inference_mode():
        cell = nn.LSTMCell(1300, 1024).eval()
        x, state = torch.randn(1, 1300), [torch.zeros(1, 1024), torch.zeros(1, 1024)]

        def lstm_step() -> None:
            state[0], state[1] = cell(x, (state[0], state[1]))

        results["lstm_step"] = timed(lstm_step)
        results["lstm_step_cold"] = timed(lstm_step, 0.5, stream_through_the_caches)
        layer = nn.TransformerEncoderLayer(256, 8, 1024, activation="gelu", norm_first=True, batch_first=True).eval()
        sequences = torch.randn(1, 48, 256)
        results["encoder_layer"] = timed(lambda: layer(sequences))
    results.update(bounded_least_squares())
    print(json.dumps(results))


if __name__ == "__main__":
    main()
