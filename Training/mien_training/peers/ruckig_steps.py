"""Times that Ruckig, an independent time-optimal generator, takes for steps within limits.

Ruckig (https://github.com/pantor/ruckig, `pip install ruckig`) plans in continuous time; its durations are the least
that any motion with those limits can take. Each line of the file is one case: from rest at 0 towards `target_rad`, and,
where `turn_s` is not 0, back to 0 from that time on. `duration_s` is the time until rest.

    python -m mien_training.peers.ruckig_steps Tests/ActuationTests/Golden/ruckig_steps.csv
"""

import csv
import sys

from ruckig import InputParameter, Result, Ruckig, Trajectory

# Velocity, acceleration and jerk of face servos (rad), a slow one, and one without a speed limit to speak of.
LIMITS = [(8.4, 210.0, 10500.0), (5.2, 87.0, 2800.0), (7.0, 140.0, 5600.0), (1.0, 10.0, 200.0), (100.0, 50.0, 2000.0)]
TARGETS = [0.001, 0.01, 0.1, 0.5, 1.3]
# Turn back after this share of the first way.
TURNS = [0.0, 0.2, 0.5, 0.8]


def plan(position, velocity, acceleration, target, limits):
    case = InputParameter(1)
    case.current_position, case.current_velocity, case.current_acceleration = [position], [velocity], [acceleration]
    case.target_position = [target]
    case.max_velocity, case.max_acceleration, case.max_jerk = [limits[0]], [limits[1]], [limits[2]]
    trajectory = Trajectory(1)
    result = Ruckig(1).calculate(case, trajectory)
    assert result in (Result.Working, Result.Finished), result
    return trajectory


def main(path):
    seen = set()
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            ["velocity_rad_per_s", "acceleration_rad_per_s2", "jerk_rad_per_s3", "target_rad", "turn_s", "duration_s"])
        for limits in LIMITS:
            for target in TARGETS:
                first = plan(0.0, 0.0, 0.0, target, limits)
                for share in TURNS:
                    # Turning happens on a tick of 100 Hz.
                    turn = round(share * first.duration * 100) / 100
                    duration = first.duration
                    if share > 0:
                        if turn == 0 or (limits, target, turn) in seen:
                            continue
                        seen.add((limits, target, turn))
                        p, v, a = (value[0] for value in first.at_time(turn)[:3])
                        duration = turn + plan(p, v, a, 0.0, limits).duration
                    writer.writerow([*limits, target, turn, f"{duration:.9f}"])


if __name__ == "__main__":
    main(sys.argv[1])
