"""How far one mosquitto goes: light robots by the hundred on it, and what each costs.

usage: mqtt_fleet.py MIEN [ROBOTS...]
Prints a table in Markdown. A wall that watches every robot's state listens meanwhile, and one page that watches one robot.
"""

import json
import os
import subprocess
import sys
import time

from broker import Listener, Mosquitto

PER_PROCESS = 125
CASES = [("10 Hz JSON", ["--mqtt-rate", "10"]),
         ("10 Hz CBOR", ["--mqtt-rate", "10", "--mqtt-encoding", "cbor"]),
         ("budget 20 kB/s", ["--mqtt-budget", "20000"]),
         ("1 Hz JSON", ["--mqtt-rate", "1"]),
         ("10 Hz JSON, all of it recorded", ["--mqtt-rate", "10"])]


def processor(pid):
    """Seconds of processor time of a process so far."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024


def measure(mien, robots, options, records, seconds=10):
    broker = Mosquitto(("allow_anonymous true", "max_queued_messages 1000"))
    wall = Listener(broker.port, ["mien/+/state", "mien/+/availability"], keep=False)
    page = Listener(broker.port, ["mien/fleet-0/#"])
    fleets = []
    recorder = None
    if records:
        recorder = subprocess.Popen(["mosquitto_sub", "-p", str(broker.port), "-t", "#", "-N"], stdout=subprocess.DEVNULL)
    try:
        for first in range(0, robots, PER_PROCESS):
            count = min(PER_PROCESS, robots - first)
            fleets.append(subprocess.Popen(
                [mien, "fleet", "--mqtt", f"mqtt://127.0.0.1:{broker.port}", "--robots", str(count), "--first",
                 str(first), "--seconds", str(seconds), *options], stdout=subprocess.PIPE, text=True))
        wall.wait(lambda heard: sum(message.payload == b"online" for topic, message in heard.newest.items()
                                    if topic.endswith("availability")) == robots, 40)
        time.sleep(1)
        page.forget()
        before, began = processor(broker.process.pid), time.monotonic()
        time.sleep(seconds - 3)
        took = time.monotonic() - began
        broker_share = (processor(broker.process.pid) - before) / took * 100
        faces = sum("/face" in message.topic for _, message in page.heard) / took
        size = resident_mb(broker.process.pid)
        figures = [json.loads(fleet.communicate(timeout=60)[0]) for fleet in fleets]
        total = {key: sum(figure[key] for figure in figures)
                 for key in ["connected", "messages_per_s", "bytes_per_s", "dropped"]}
        cost = sum(figure["processor_ms_per_robot_s"] * figure["robots"] for figure in figures) / robots
        return total, cost, broker_share, size, faces
    finally:
        for fleet in fleets:
            if fleet.poll() is None:
                fleet.kill()
                fleet.wait()
        if recorder:
            recorder.kill()
            recorder.wait()
        wall.close()
        page.close()
        broker.close()


def main(mien, sizes):
    print("| robots | telemetry | messages/s | kB/s a robot | a robot's bridge, CPU | broker's CPU | broker's memory "
          "| dropped | faces/s at a page |")
    print("|---|---|---|---|---|---|---|---|---|")
    for robots in sizes:
        for name, options in CASES:
            total, cost, share, size, faces = measure(mien, robots, options, "recorded" in name)
            print(f"| {robots} ({total['connected']} connected) | {name} | {total['messages_per_s']:.0f} "
                  f"| {total['bytes_per_s'] / robots / 1000:.1f} | {cost / 10:.2f} % | {share:.0f} % | {size:.0f} MB "
                  f"| {total['dropped']} | {faces:.1f} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], [int(word) for word in sys.argv[2:]] or [50, 125, 250, 500])
