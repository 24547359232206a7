"""From a face packet to the servo bytes: `python Tests/Peers/latency.py .build/release/mien [--packets N] [--json]`.

Opens a pseudo-terminal, runs Mien on it as on a Maestro, sends a person's face by UDP at random instants, a smile that comes
or goes, and stamps the last byte of the first frame on the line that is not like the one before. Once through the mirror
reflex of the control tick, once through a motion generator that passes the person's face on. Prints both beside the bare
jitter of the control tick in the same run; the listener's own hop comes on top of the second.
"""

from __future__ import annotations

import argparse
import json
import os
import pty
import random
import select
import socket
import subprocess
import sys
import tempfile
import time
import tty
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]
#: Kept frames of a block, 25 a second: what the listener waits for before it answers.
LISTENER_HOP_MS = 160


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Line:
    """The device's end of the line: bytes with the time at which they came."""

    def __init__(self):
        self.master, slave = pty.openpty()
        tty.setraw(slave)
        self.path = os.ttyname(slave)
        self.slave = slave

    def bursts(self, until: float):
        """Frames as (bytes, time of the last byte): bytes that come within two milliseconds of each other."""
        waiting, last = b"", 0.0
        while (now := time.monotonic()) < until:
            ready, _, _ = select.select([self.master], [], [], 0.002 if waiting else min(0.05, until - now))
            if ready:
                waiting += os.read(self.master, 4096)
                last = time.monotonic()
            elif waiting:
                yield waiting, last
                waiting = b""


def targets(frame: bytes) -> dict[int, int]:
    """Targets by channel out of a Maestro's frame: 0x84 channel low high, and 0x9F count first (low high)..."""
    found, place = {}, 0
    while place < len(frame):
        if frame[place] == 0x84 and place + 3 < len(frame):
            found[frame[place + 1]] = frame[place + 2] | frame[place + 3] << 7
            place += 4
        elif frame[place] == 0x9F and place + 2 < len(frame):
            count, first = frame[place + 1], frame[place + 2]
            for index in range(count):
                at = place + 3 + 2 * index
                if at + 1 < len(frame):
                    found[first + index] = frame[at] | frame[at + 1] << 7
            place += 3 + 2 * count
        else:
            place += 1
    return found


def measure(mien: str, packets: int, reflex: bool) -> dict[str, float]:
    line = Line()
    probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
    probe.close()
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "still.lua"
        # Through the reflex alone: the generator, which here is the person's own face, is not shown.
        script.write_text("idle{on = false, weight = 0} wait(math.huge)" if reflex else "wait(math.huge)")
        command = [mien, "run", "--robot", str(HOME / "Robots/maestro-face-23.yaml"), "--port", line.path, "--models", "none"]
        command += ["--person", f"udp://{port}", "--script", str(script), "--json", "--name", f"latency-{port}"]
        command += ["--mirror-gain", "1" if reflex else "0", "--no-autonomy", "--seconds", str(8 + packets * 0.75)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=HOME)
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        latencies = []
        try:
            smile, known = 0.1, {}

            def send():
                face = {"mouthSmileLeft": smile, "mouthSmileRight": smile, "mouthStretchLeft": smile, "mouthStretchRight": smile}
                sender.sendto(json.dumps({"coefficients": face}).encode(), ("127.0.0.1", port))

            def settle(seconds: float):
                nonlocal known
                end = time.monotonic() + seconds
                while time.monotonic() < end:
                    send()
                    for frame, _ in line.bursts(min(end, time.monotonic() + 0.1)):
                        known.update(targets(frame))

            settle(6.0)
            for _ in range(packets):
                smile = 0.7 if smile < 0.4 else 0.1
                settle_until = time.monotonic() + random.uniform(0, 0.04)
                for frame, _ in line.bursts(settle_until):
                    known.update(targets(frame))
                sent = time.monotonic()
                send()
                for frame, stamp in line.bursts(sent + 0.5):
                    now = targets(frame)
                    if any(known.get(channel) != value for channel, value in now.items()):
                        latencies.append((stamp - sent) * 1000)
                        known.update(now)
                        break
                settle(0.55)
            output = process.communicate(timeout=60)[0]
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(10)
    summary = json.loads(output)
    jitter = next((stage for stage in summary["stages"] if "control" in stage["stage"] and "late" in stage["stage"]), {}) \
        if isinstance(summary.get("stages"), list) else summary.get("stages", {}).get("control_lateness", {})
    return {
        "packets": packets, "answered": len(latencies), "p50_ms": percentile(latencies, 0.5),
        "p99_ms": percentile(latencies, 0.99), "worst_ms": max(latencies), "tick_lateness": jitter,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mien")
    parser.add_argument("--packets", type=int, default=100)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    random.seed(1)
    mien = str(Path(arguments.mien).resolve())
    found = {
        "mirror_reflex": measure(mien, arguments.packets, True), "pass_through": measure(mien, arguments.packets, False),
        "listener_hop_ms": LISTENER_HOP_MS,
    }
    if arguments.json:
        print(json.dumps(found, indent=2))
    else:
        for name, limit in (("mirror_reflex", 20), ("pass_through", 100)):
            row = found[name]
            print(
                f"{name:14} {row['answered']} of {row['packets']} packets, p50 {row['p50_ms']:.1f} ms, p99 {row['p99_ms']:.1f} ms "
                f"(limit {limit}), worst {row['worst_ms']:.1f} ms, control tick lateness {row['tick_lateness']}")
        print(f"the listener answers a block later: {LISTENER_HOP_MS} ms on top of the pass-through")
    for name, limit in (("mirror_reflex", 20), ("pass_through", 100)):
        if found[name]["answered"] < found[name]["packets"] or found[name]["p99_ms"] > limit:
            sys.exit(1)


if __name__ == "__main__":
    main()
