"""Kills `mien run` with SIGKILL on every robot that ships, and measures until its simulator has no driven servo.

usage: power_cut.py MIEN
Exit code 1 when a robot takes longer than half a second.
"""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

LIMIT_S = 0.5
KILLS = 5
ROBOTS = pathlib.Path(__file__).resolve().parents[2] / "Robots"


def status(path):
    with socket.socket(socket.AF_UNIX) as control:
        control.settimeout(10)
        control.connect(path)
        control.sendall(b'{"ask":"status"}\n')
        answer = b""
        while not answer.endswith(b"\n"):
            answer += control.recv(65536)
    return json.loads(answer)


def kill(mien, robot):
    """Seconds from the signal until nothing is driven."""
    with tempfile.TemporaryDirectory() as folder:
        control = os.path.join(folder, "control")
        simulator = subprocess.Popen(
            [mien, "simulate", str(robot), "--json", "--control", control], stdout=subprocess.PIPE)
        try:
            port = json.loads(simulator.stdout.readline())["path"]
            run = subprocess.Popen(
                [mien, "run", "--robot", str(robot), "--port", port, "--models", "none", "--seconds", "120"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                env=dict(os.environ, XDG_STATE_HOME=folder, XDG_RUNTIME_DIR=folder))
            end = time.monotonic() + 60
            while not all(servo["on"] for servo in status(control)["servos"]):
                if time.monotonic() > end:
                    raise SystemExit(f"{robot.stem}: its servos did not wake")
                time.sleep(0.05)
            time.sleep(0.5)
            os.kill(run.pid, signal.SIGKILL)
            killed = time.monotonic()
            run.wait()
            while any(servo["on"] for servo in status(control)["servos"]):
                if time.monotonic() > killed + 30:
                    raise SystemExit(f"{robot.stem}: still driven half a minute later")
                time.sleep(0.002)
            return time.monotonic() - killed
        finally:
            simulator.terminate()
            simulator.wait()


def main(mien):
    worst = {robot.stem: max(kill(mien, robot) for _ in range(KILLS)) for robot in sorted(ROBOTS.glob("*.yaml"))}
    for name, seconds in worst.items():
        print(f"{name}: after {KILLS} kills no servo is driven {seconds * 1000:.0f} ms later (limit {LIMIT_S * 1000:.0f})")
    if max(worst.values()) > LIMIT_S:
        raise SystemExit(1)


if __name__ == "__main__":
    main(sys.argv[1])
