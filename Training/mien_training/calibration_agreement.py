"""How well a calibration's two sums agree: per actuator, coefficients against landmark distances of the same faces.

The faces are the clips' coefficients (`clips/*.npz`); the face basis makes their landmarks. A calibration whose two sums
disagree would make the robot change its expression when another generator takes over.

    python -m mien_training.calibration_agreement Calibration/maestro-face-23.yaml Models/face-basis.safetensors DATA
"""

import json
import pathlib
import sys

import numpy as np
import yaml
from safetensors import safe_open

NAMES = [
    "lid_gap_left", "lid_gap_right", "brow_raise_left", "brow_raise_right", "brow_inner_raise_left",
    "brow_inner_raise_right", "mouth_gap", "mouth_width", "lip_corner_raise_left", "lip_corner_raise_right",
    "upper_lip_raise", "lower_lip_drop", "jaw_drop", "jaw_shift",
]


def distances(points):
    """The 14 named distances of (T, 68, 3) landmarks whose pose is removed; see FaceKit's LandmarkDistance."""

    def length(a, b):
        return np.linalg.norm(points[:, a] - points[:, b], axis=-1)

    def height(*indices):
        return points[:, indices, 1].mean(axis=1)

    lips = height(51, 57)
    values = [
        (length(43, 47) + length(44, 46)) / 2, (length(37, 41) + length(38, 40)) / 2,
        height(24) - height(42, 45), height(19) - height(36, 39), height(22) - height(42), height(21) - height(39),
        length(62, 66), length(48, 54), height(54) - lips, height(48) - lips, height(51) - height(33),
        height(33) - height(57), height(33) - height(8), points[:, 8, 0] - points[:, 33, 0],
    ]
    return np.stack(values, axis=1) / length(36, 45)[:, None]


def weighted_sum(terms, channels):
    total = 0.0
    for name, term in terms.items():
        weight, neutral = (term["weight"], term.get("neutral", 0)) if isinstance(term, dict) else (term, 0)
        if name in channels:
            total = total + weight * (channels[name] - neutral)
    return total


def main(calibration_path, basis_path, data):
    with safe_open(basis_path, "np") as file:
        mean = file.get_tensor("mean").astype(float)
        expression = file.get_tensor("expression").astype(float)
        shapes = json.loads(file.metadata()["blendshapes"])
    clips = [np.load(path)["blendshapes"] for path in sorted(pathlib.Path(data).glob("clips/*.npz"))]
    faces = np.concatenate(clips).astype(float)
    faces = faces[np.isfinite(faces).all(axis=1)]
    measured = distances(mean + np.einsum("tc,cpi->tpi", faces, expression))
    channels = {name: faces[:, i] for i, name in enumerate(shapes)}
    channels |= {name: measured[:, i] for i, name in enumerate(NAMES)}

    print(f"{len(clips)} clips, {len(faces)} frames; gain: landmark sum per coefficient sum")
    for name, entry in yaml.safe_load(open(calibration_path))["actuators"].items():
        x = weighted_sum(entry["inputs"], channels)
        y = weighted_sum(entry.get("landmark_inputs", entry["inputs"]), channels)
        if np.std(y) == 0:
            print(f"{name:20} not shown by landmarks")
            continue
        print(f"{name:20} correlation {np.corrcoef(x, y)[0, 1]:5.2f}  gain {np.polyfit(x, y, 1)[0]:5.2f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
