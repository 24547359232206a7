"""Starting `mien simulate` and asking it, for the checks of every bus."""

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def ask(path, question):
    """One JSON object to the control socket, and the one that comes back."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(path)
        line.sendall(json.dumps(question).encode() + b"\n")
        return json.loads(line.makefile().readline())


class Simulator:
    def __init__(self, link, control):
        self.link, self.control = link, control

    def ask(self, **question):
        return ask(self.control, question)

    def servo(self, channel):
        return next(servo for servo in self.ask(ask="status")["servos"] if servo["channel"] == channel)


@contextlib.contextmanager
def simulator(mien, robot):
    """A simulated robot of that name, gone at the end."""
    with tempfile.TemporaryDirectory() as folder:
        link, control = os.path.join(folder, "line"), os.path.join(folder, "control")
        command = [mien, "simulate", str(ROOT / "Robots" / f"{robot}.yaml"), "--json"]
        process = subprocess.Popen(
            [*command, "--link", link, "--control", control], stdout=subprocess.PIPE, text=True
        )
        try:
            json.loads(process.stdout.readline())
            yield Simulator(link, control)
        finally:
            process.terminate()
            process.wait(5)


def run(robot, checks, mien, tries=3):
    """Runs each check against a fresh robot; returns how many failed.

    Other people's masters wait milliseconds for an answer, which a busy machine may take longer to bring: a check that
    fails is made again, on another robot, and counts when it fails each time."""
    failed = 0
    for check in checks:
        for left in reversed(range(tries)):
            try:
                with simulator(mien, robot) as device:
                    check(device)
                print(f"ok      {robot}: {check.__name__}", flush=True)
                break
            except Exception as error:  # whatever a check meets is its failure
                print(f"{'again' if left else 'FAILED'}  {robot}: {check.__name__}: {error!r}", flush=True)
                failed += not left
    return failed
