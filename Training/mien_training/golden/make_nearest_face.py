"""Faces that a random robot of 32 actuators is to show, and how near SciPy's bounded least squares come to them.

Each actuator shows some channels above 0 and others below; which of the two is chosen by search: from several starts,
one actuator after the other is tried on its other side, each time with `lsq_linear` over all, until nothing is nearer.

    python -m mien_training.golden.make_nearest_face > ../Tests/ActuationTests/Golden/nearest_face.json
"""

import json

import numpy as np
from scipy.optimize import lsq_linear

CHANNELS, ACTUATORS, HEAD_WEIGHT = 55, 32, 4.0
WEIGHTS = np.r_[np.ones(52), np.full(3, HEAD_WEIGHT)]


def solve(columns: np.ndarray, sides: np.ndarray, face: np.ndarray) -> float:
    """The squared distance of the nearest face with each actuator on one side: 0 is above, 1 is below."""
    root = np.sqrt(WEIGHTS)
    matrix = np.stack([columns[i, side] for i, side in enumerate(sides)], axis=1) * root[:, None]
    bounds = (np.where(sides == 1, -1.0, 0.0), np.where(sides == 1, 0.0, 1.0))
    return 2 * lsq_linear(matrix, face * root, bounds=bounds, method="bvls").cost


def nearest(columns: np.ndarray, face: np.ndarray, random: np.random.Generator, starts: int = 6) -> float:
    best = np.inf
    for _ in range(starts):
        sides = random.integers(0, 2, ACTUATORS)
        distance, improved = solve(columns, sides, face), True
        while improved:
            improved = False
            for i in range(ACTUATORS):
                sides[i] ^= 1
                tried = solve(columns, sides, face)
                if tried < distance - 1e-9:
                    distance, improved = tried, True
                else:
                    sides[i] ^= 1
        best = min(best, distance)
    return best


def main() -> None:
    random = np.random.default_rng(5)
    problems = []
    for _ in range(3):
        columns = np.zeros((ACTUATORS, 2, CHANNELS))
        effects = []
        for i in range(ACTUATORS):
            sides = []
            for side in range(2):
                drawn = random.choice(CHANNELS, 4, replace=False)
                amounts = np.round(random.uniform(0.2, 1.2, 4), 3)
                columns[i, side, drawn] = amounts if side == 0 else -amounts
                sides.append([[int(c), float(a)] for c, a in zip(drawn, amounts)])
            effects.append(sides)
        faces = np.round(random.uniform(0, 1, (6, CHANNELS)), 3)
        distances = [round(float(nearest(columns, face, random)), 6) for face in faces]
        problems.append({"effects": effects, "faces": faces.tolist(), "distances": distances})
    print(json.dumps(problems))


if __name__ == "__main__":
    main()
