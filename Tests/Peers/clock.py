"""The wall's clock jumps by hours, forwards and backwards, under a robot that runs (wall_clock.c, loaded before all else).

usage: clock.py MIEN
Presence, rates, ticks, reconnects and recordings must not notice; only what people read as a date may.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from broker import Listener, Mosquitto, Robot, Quiet, checker

check = checker("clock")
ROOT = "mien/peer"
HOUR = 3600
JUMPS = [5 * HOUR, -10 * HOUR, 400 * 24 * HOUR, -2]


class Clock:
    """The wall's clock of processes that are started with its environment: the machine's, put off by some seconds.

    libfaketime 0.9.10 does not do: under it a sleep until an instant of the monotonic clock returns at once."""

    def __init__(self, folder, compiler):
        self.file = os.path.join(folder, "offset")
        self.jump(0)
        library = os.path.join(folder, "wall_clock.so")
        here = os.path.dirname(os.path.abspath(__file__))
        subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-o", library, os.path.join(here, "wall_clock.c"), "-ldl"],
                       check=True)
        self.environment = {"LD_PRELOAD": library, "WALL_CLOCK_OFFSET": self.file}

    def jump(self, seconds):
        # Written beside it and renamed: nobody reads half a line.
        with open(self.file + ".new", "w", encoding="ascii") as file:
            file.write(f"{seconds:.0f}\n")
        os.rename(self.file + ".new", self.file)


def processor(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def newer(listener, topic, seconds=5):
    listener.forget()
    if not listener.wait(lambda heard: f"{ROOT}/{topic}" in heard.newest, seconds):
        raise SystemExit(f"clock: FAILED: {topic} came no more")
    return listener.json(f"{ROOT}/{topic}")


def watch(robot, listener, seconds=2.0):
    """What a robot does in some seconds: faces and processor time a second, and its own seconds in ours."""
    first = newer(listener, "state")["t_s"]
    listener.forget()
    began, used = time.monotonic(), processor(robot.process.pid)
    time.sleep(seconds)
    with listener.condition:
        faces = sum(message.topic == f"{ROOT}/face" for _, message in listener.heard)
        words = [message.payload for _, message in listener.heard if message.topic == f"{ROOT}/availability"]
    took = time.monotonic() - began
    used = (processor(robot.process.pid) - used) / took
    told = newer(listener, "state")["t_s"] - first
    return faces / took, used, told - (time.monotonic() - began), words


def says_the_time(environment):
    """The process believes the file: what `date` says is hours away from us."""
    said = subprocess.run(["date", "+%s"], env=dict(os.environ, **environment), capture_output=True, text=True)
    return float(said.stdout) - time.time()


def main(mien):
    compiler = next(filter(None, map(shutil.which, ["cc", "clang", "gcc"])), None)
    if not compiler:
        print("clock: SKIPPED: no C compiler here")
        return
    with tempfile.TemporaryDirectory() as folder:
        clock = Clock(folder, compiler)
        clock.jump(5 * HOUR)
        check(abs(says_the_time(clock.environment) - 5 * HOUR) < 30, "a process that is put off is five hours ahead")
        clock.jump(0)
        record = os.path.join(folder, "run.mcap")
        broker = Mosquitto()
        robot = Robot(mien, "--mqtt", f"mqtt://127.0.0.1:{broker.port}", "--person", "mqtt", "--homie", "--sparkplug",
                      "--record", record, environment=clock.environment)
        listener = Listener(broker.port)
        try:
            check(listener.wait(lambda heard: f"{ROOT}/state" in heard.newest, 30), "a robot joins the broker")
            jumps(clock, robot, listener)
            kills(clock, broker)
            listener.close()
            summary = robot.end()
            check(summary["limits"]["violations"] == 0, "no limit was violated")
            recorded(record, summary)
        except BaseException:
            print(robot.said(), file=sys.stderr)
            raise
        finally:
            robot.close()
            broker.close()


def jumps(clock, robot, listener):
    quiet = Quiet()
    newer(listener, "scheduler")
    _, usual, _, _ = watch(robot, listener)
    for jump in JUMPS:
        before = newer(listener, "scheduler")
        clock.jump(jump)
        time.sleep(0.5)
        rate, used, error, words = watch(robot, listener)
        after = newer(listener, "scheduler")
        name = f"{jump / HOUR:+.1f} h" if abs(jump) > 60 else f"{jump:+.1f} s"
        quiet.check(check, 8.5 <= rate <= 11.5, f"the wall's clock at {name}: {rate:.1f} faces a second")
        quiet.check(check, abs(error) < 1.2, f"its own seconds are ours ({error:+.2f} s over the watch, told at 1 Hz)")
        check(words == [], "it never was offline")
        quiet.check(check, used < 2 * usual + 0.1, f"nothing spins ({used * 100:.0f} % of a processor, {usual * 100:.0f} % before)")
        ticks, skipped = after["ticks"] - before["ticks"], after["skipped"] - before["skipped"]
        quiet.check(check, skipped <= 2 and ticks > 0, f"{ticks} ticks, {skipped} skipped")
        check(0 <= after["lateness_max_us"] < 60e6 and after["latency_ms"] < 60e3, "no lateness of hours")
    check(newer(listener, "bridge")["connects"] == 1, "the connection stayed the same")
    listener.forget()
    listener.client.publish("homeassistant/status", "online")
    clock.jump(-3 * HOUR)
    check(listener.wait(lambda heard: "homeassistant/device/mien_peer/config" in heard.newest, 30),
          "Home Assistant is answered while the clock jumps")
    present = False
    for _ in range(250):
        listener.client.publish(f"{ROOT}/sense/person", json.dumps({"coefficients": {"jawOpen": 0.5}}))
        present = listener.wait(lambda heard: (heard.json(f"{ROOT}/person") or {}).get("present"), 0.1)
        if present:
            break
    check(present, "a person is seen")
    clock.jump(8 * HOUR)
    check(listener.wait(lambda heard: not heard.json(f"{ROOT}/person")["present"], 30), "and is gone in silence")


def kills(clock, broker):
    """The broker dies and the clock jumps before it is back."""
    quiet = Quiet()
    needed = [f"{ROOT}/availability", f"{ROOT}/state", "homeassistant/device/mien_peer/config"]
    for jump in [-24 * HOUR, 24 * HOUR]:
        broker.kill()
        clock.jump(jump)
        time.sleep(0.5)
        broker.start()
        began = time.monotonic()
        listener = Listener(broker.port, needed, keep=False)
        check(listener.wait(lambda heard: all(topic in heard.newest for topic in needed)
                            and heard.newest[needed[0]].payload == b"online", 30), "all is said again after a kill and a jump")
        took = time.monotonic() - began
        quiet.check(check, took < 2, f"{took:.2f} s after the broker's return")
        listener.close()


def recorded(path, summary):
    """The recording's times never jumped."""
    sys.path = [entry for entry in sys.path if os.path.abspath(entry or ".") != os.path.dirname(os.path.abspath(__file__))]
    from mcap.reader import make_reader
    with open(path, "rb") as file:
        times = [message.log_time / 1e9 for _, _, message in make_reader(file).iter_messages(topics=["/control"])]
    steps = [after - before for before, after in zip(times, times[1:])]
    check(min(steps) >= 0 and abs(times[-1] - times[0] - summary["control"]["ticks"] / 100) < 2,
          f"{len(times)} recorded ticks follow each other over {times[-1] - times[0]:.1f} s")
    check(abs(times[0] - time.time()) < 600, "and carry the wall's time of the beginning")
    check(summary["recording"]["dropped"] == 0, "nothing found its queue full")


if __name__ == "__main__":
    main(sys.argv[1])
