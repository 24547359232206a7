"""Golden values of SciPy's PchipInterpolator, which the calibration's curve must reproduce.

    python -m mien_training.golden.make_monotone_cubic Tests/ActuationTests/Golden/monotone_cubic.json
"""

import json
import sys

import numpy as np
from scipy.interpolate import PchipInterpolator

rng = np.random.default_rng(2)
# A measured hobby servo (protocols 1.9), a straight line, a step, two points, and random rising and falling tables.
CURVES = [
    ([570, 670, 770, 870, 970, 1070, 1170, 1270, 1370, 1470, 1570, 1670, 1770, 1870, 1970, 2070, 2170, 2240],
     [78.60, 66.00, 57.00, 44.70, 36.45, 26.55, 17.25, 8.55, -0.30, -9.60, -17.55, -26.70, -34.65, -43.20, -51.45,
      -60.60, -69.00, -75.15]),
    (np.linspace(-1, 1, 7), np.linspace(1000, 2000, 7)),
    ([0, 1, 2, 3, 4, 5, 6], [0, 1e-6, 2e-6, 1, 1 + 1e-6, 1 + 2e-6, 1 + 3e-6]),
    ([0, 1], [3, 5]),
]
for sign in (1, -1, 1, -1):
    CURVES.append((np.cumsum(rng.exponential(size=9)), sign * np.cumsum(rng.exponential(size=9) ** 3)))


def main(path):
    curves = []
    for x, y in CURVES:
        x, y = np.asarray(x, float), np.asarray(y, float)
        at = np.sort(np.concatenate([x, rng.uniform(x[0], x[-1], 40)]))
        curves.append({"x": x.tolist(), "y": y.tolist(), "at": at.tolist(), "value": PchipInterpolator(x, y)(at).tolist()})
    with open(path, "w") as file:
        json.dump(curves, file, indent=None, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
