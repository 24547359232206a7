"""Golden solutions of bounded least squares (SciPy) and singular values (NumPy).

    python -m mien_training.golden.make_solvers Tests/InferenceTests/Golden
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from scipy.optimize import lsq_linear

from ..export import write_weights


def bounded_cases(rng: np.random.Generator):
    """Problems of many kinds: loose, tight and one-sided bounds, a ridge, more unknowns than rows."""
    for rows, columns, ridge, width in [
        (12, 5, 0.0, 10.0),
        (12, 5, 0.0, 0.3),
        (136, 52, 1e-3, 1.0),
        (136, 52, 0.1, 0.2),
        (10, 20, 0.5, 0.4),
        (60, 30, 0.0, np.inf),
        (204, 52, 1e-4, 1.0),
    ]:
        a = rng.normal(size=(rows, columns)).astype(np.float32)
        if rows >= 136:  # Correlated columns, as in a face basis.
            a = (a @ (np.eye(columns) + 0.3 * rng.normal(size=(columns, columns)))).astype(np.float32)
        b = (a @ rng.uniform(-0.5, 1.5, columns) + 0.1 * rng.normal(size=rows)).astype(np.float32)
        lower = np.zeros(columns, np.float32)
        upper = np.full(columns, 1e30 if np.isinf(width) else width, np.float32)
        prior = rng.uniform(0, 0.2, columns).astype(np.float32)
        a64, b64 = a.astype(np.float64), b.astype(np.float64)
        ridge = float(np.float32(ridge))
        stacked = np.vstack([a64, np.sqrt(ridge) * np.eye(columns)])
        target = np.concatenate([b64, np.sqrt(ridge) * prior.astype(np.float64)])
        result = lsq_linear(stacked, target, (lower.astype(np.float64), upper.astype(np.float64)), method="bvls",
                            tol=1e-14, max_iter=1000)
        assert result.success
        yield a, b, lower, upper, prior, ridge, result.x


def main(folder: str) -> None:
    rng = np.random.default_rng(2024)
    tensors: dict[str, np.ndarray] = {}
    cases = list(bounded_cases(rng))
    for i, (a, b, lower, upper, prior, ridge, x) in enumerate(cases):
        tensors |= {
            f"bounded.{i}.a": a,
            f"bounded.{i}.b": b,
            f"bounded.{i}.lower": lower,
            f"bounded.{i}.upper": upper,
            f"bounded.{i}.prior": prior,
            f"bounded.{i}.ridge": np.array([ridge]),
            f"bounded.{i}.x": x,
        }
    for i, (rows, columns) in enumerate([(3, 3), (20, 6), (6, 20), (1, 4)]):
        a = rng.normal(size=(rows, columns)).astype(np.float32)
        if i == 1:
            a[:, 5] = a[:, 0]  # Rank 5.
        tensors |= {f"svd.{i}.a": a, f"svd.{i}.s": np.linalg.svd(a.astype(np.float64), compute_uv=False)}
    write_weights(Path(folder) / "solvers.safetensors", tensors, {"bounded": len(cases), "svd": 4})


if __name__ == "__main__":
    main(sys.argv[1])
