"""Arm angles of Reachy Mini's platform by the maker's own code, for `StewartPlatformTests`:
`pip install reachy_mini_rust_kinematics`, the geometry file of the `reachy_mini` package, then
`python -m mien_training.peers.stewart kinematics_data.json > Tests/ActuationTests/Golden/stewart.csv`.

A row: yaw, pitch, roll (rad), the head's x, y, z from rest (m, Mien's axes), and the six arm angles (rad).
"""

from __future__ import annotations

import json
import sys

import numpy as np
from reachy_mini_rust_kinematics import ReachyMiniRustKinematics


def turn(axis: int, angle: float) -> np.ndarray:
    rotation = np.eye(3)
    a, b = [i for i in range(3) if i != axis]
    rotation[a, a] = rotation[b, b] = np.cos(angle)
    rotation[b, a] = np.sin(angle)
    rotation[a, b] = -np.sin(angle)
    return rotation.T if axis == 1 else rotation


def main() -> None:
    data = json.load(open(sys.argv[1]))
    solver = ReachyMiniRustKinematics(data["motor_arm_length"], data["rod_length"])
    for motor in data["motors"]:
        solver.add_branch(
            np.array(motor["branch_position"]), np.linalg.inv(motor["T_motor_world"]), 1 if motor["solution"] else -1
        )
    random = np.random.default_rng(4)
    print("yaw,pitch,roll,x,y,z," + ",".join(f"arm_{i}" for i in range(1, 7)))
    for row in range(60):
        share = 0.0 if row == 0 else 1.0
        yaw, pitch, roll = random.uniform(-0.3, 0.3, 3) * share
        x, y, z = random.uniform(-0.008, 0.008, 3) * share
        pose = np.eye(4)
        pose[:3, :3] = turn(2, yaw) @ turn(1, pitch) @ turn(0, roll)
        pose[:3, 3] = [z, x, y + data["head_z_offset"]]
        arms = solver.inverse_kinematics(pose)
        print(",".join(f"{value:.9f}" for value in [yaw, pitch, roll, x, y, z, *arms]))


if __name__ == "__main__":
    main()
