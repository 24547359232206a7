"""The face basis in Python: the same weight file that Swift's ``FaceBasis`` reads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import safe_open

from ..data.rotation import matrix_from_angles

DEFAULT_PATH = Path(__file__).resolve().parents[3] / "Models" / "face-basis.safetensors"


@dataclass
class FaceBasis:
    """A linear 3DMM of the 68 landmarks, in metres, origin at the head's turning point (see ``Models/face-basis.md``)."""

    mean: np.ndarray  # (68, 3)
    expression: np.ndarray  # (52, 68, 3)
    identity: np.ndarray  # (N, 68, 3), one standard deviation each
    fit_weight: np.ndarray  # (68,)
    coefficient_size: np.ndarray  # (52,) expected on real faces
    observable: np.ndarray  # (52,) bool
    scale_per_metre: float

    @classmethod
    def load(cls, path: Path | str = DEFAULT_PATH) -> "FaceBasis":
        with safe_open(str(path), framework="np") as file:
            meta = file.metadata()
            names, excluded = json.loads(meta["blendshapes"]), set(json.loads(meta["excluded"]))
            return cls(
                mean=file.get_tensor("mean"),
                expression=file.get_tensor("expression"),
                identity=file.get_tensor("identity"),
                fit_weight=file.get_tensor("fit_weight"),
                coefficient_size=file.get_tensor("coefficient_size"),
                observable=np.array([name not in excluded for name in names]),
                scale_per_metre=float(meta["image_scale_per_metre"]),
            )

    def shape(self, coefficients: np.ndarray, identity: np.ndarray | None = None) -> np.ndarray:
        """(…, 52) coefficients → (…, 68, 3) landmarks in the head's own axes, metres."""
        neutral = self.mean if identity is None else self.mean + np.tensordot(identity, self.identity, 1)
        return neutral + np.tensordot(coefficients, self.expression, 1)

    def landmarks(self, values: np.ndarray, identity: np.ndarray | None = None) -> np.ndarray:
        """(…, 58) frames → (…, 68, 3) landmarks, metres, head pose applied."""
        local = self.shape(values[..., :52], identity)
        rotation = matrix_from_angles(values[..., 52:55])
        return np.einsum("...ij,...kj->...ki", rotation, local) + values[..., None, 55:58]

    def project(self, points: np.ndarray) -> np.ndarray:
        """(…, 68, 3) metres → (…, 68, 2) canonical image: x right, y down, unit square."""
        return np.stack(
            [0.5 + self.scale_per_metre * points[..., 0], 0.5 - self.scale_per_metre * points[..., 1]], -1
        ).astype(np.float32)

    def image(self, values: np.ndarray, identity: np.ndarray | None = None) -> np.ndarray:
        """(…, 58) frames → (…, 68, 2) canonical image landmarks."""
        return self.project(self.landmarks(values, identity))

