"""Robots that are not there: they speak Documentation/mqtt.md on a broker, with paho, so that a page has something to show.

usage: pretend_robot.py [--port 1883] [--count 1] [--landmarks CSV] [--seconds S] [--face-hz 10]
Robot n is called pretend-n, a single one pretend. `--landmarks` plays a file that `mien generate listener --landmarks` made.
"""

import argparse
import csv
import json
import math
import random
import threading
import time

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

GESTURES = ["nod", "shake", "wink", "blink", "shrug", "look_around"]
EXPRESSIONS = ["neutral", "smile", "surprise", "sad"]
ACTUATORS = [f"{part}_{side}" for part in ("brow", "lid", "eye", "cheek", "lip") for side in ("left", "right")] + ["jaw"]
VERBS = [
    "emergency_stop", "clear", "mode", "parameter", "intensity", "gesture", "expression", "say", "script_start", "script_stop",
    "script_reload", "record_start", "record_stop",
]


def still_face():
    """A plain face for those who have no file: 68 points on curves."""
    points = [(0.5 - 0.2 * math.cos(math.pi * k / 16), 0.45 + 0.25 * math.sin(math.pi * k / 16)) for k in range(17)]
    points += [(0.5 + side * (0.05 + 0.022 * k), 0.4) for side, order in ((-1, range(4, -1, -1)), (1, range(5))) for k in order]
    points += [(0.5, 0.44 + 0.03 * k) for k in range(4)] + [(0.46 + 0.02 * k, 0.545) for k in range(5)]
    eye = [(-0.035, 0), (-0.012, -0.014), (0.012, -0.014), (0.035, 0), (0.012, 0.014), (-0.012, 0.014)]
    points += [(0.41 + x, 0.46 + y) for x, y in eye] + [(0.59 + x, 0.46 + y) for x, y in eye]
    points += [(0.5 - 0.07 * math.cos(math.pi * k / 6), 0.61 - 0.02 * math.sin(math.pi * k / 6)) for k in range(12)]
    points += [(0.5 - 0.05 * math.cos(math.pi * k / 4), 0.61 - 0.004 * math.sin(math.pi * k / 4)) for k in range(8)]
    return [round(x, 4) for x, _ in points] + [round(y, 4) for _, y in points]


def read_landmarks(path):
    with open(path, newline="", encoding="utf-8") as file:
        names = [f"{axis}_{k}" for axis in "xy" for k in range(68)]
        return [[round(float(row[name]), 4) for name in names] for row in csv.DictReader(file)]


class Robot:
    def __init__(self, name, faces, port, seed, face_hz=10):
        self.name, self.faces, self.face_hz = name, faces, face_hz
        self.random = random.Random(seed)
        self.offset = seed * 37
        self.began = time.monotonic()
        self.lock = threading.Lock()
        self.stop_cause, self.intensity, self.mode, self.gesture = None, 1.0, "auto", None
        self.scripts = {"04_greeting": ["running", None], "12_remember": ["failed", "12_remember.lua:9: name is nil"]}
        self.commands, self.recording = [], None
        self.client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2, client_id=f"pretend-{name}", protocol=mqtt.MQTTv5)
        self.client.will_set(self.topic("availability"), "offline", 1, True)
        self.client.reconnect_delay_set(0.2, 1)
        self.client.on_connect = self.greet
        self.client.on_message = self.take
        self.client.connect_async("127.0.0.1", port, 20)
        self.client.loop_start()

    def topic(self, rest):
        return f"mien/{self.name}/{rest}"

    @property
    def seconds(self):
        return round(time.monotonic() - self.began, 3)

    def say(self, rest, value, retain=False, qos=0):
        self.client.publish(self.topic(rest), json.dumps(value), qos, retain)

    def greet(self, client, *_):
        client.subscribe(self.topic("command/+"), 1)
        client.publish(self.topic("availability"), "online", 1, True)
        self.say("info", {
            "robot": self.name, "type": "pretend", "version": "0", "control_rate_hz": 100, "motion_rate_hz": 25,
            "gestures": GESTURES, "expressions": EXPRESSIONS, "scripts": ["01_first_hello", "04_greeting"],
            "parameters": ["blink_rate", "mirror_gain"], "commands": VERBS}, True, 1)
        self.say("actuators/info", {"unit": "rad", "actuators": [
            {"name": name, "bus": "face", "lower": -0.6, "upper": 0.8, "neutral": 0.0} for name in ACTUATORS]}, True, 1)
        self.say_state()
        self.say_scripts()

    def say_state(self):
        self.say("state", {
            "t_s": self.seconds, "driver": "listening", "mode": self.mode, "emergency_stop": self.stop_cause is not None,
            "emergency_stop_cause": self.stop_cause, "person_present": True, "attention": 0.9, "smile": 0.3,
            "intensity": self.intensity, "line_lost": False, "recording": self.recording, "temperature_max_c": 41.5, "late_ticks": 0,
            "violations": 0}, True)

    def say_scripts(self):
        self.say("scripts", {"t_s": self.seconds, "scripts": [
            {"name": name, "file": f"Scripts/{name}.lua", "state": state, "running": state == "running", "error": error,
             "traceback": error and f"{error}\n\tin function 'greet'"} for name, (state, error) in self.scripts.items()]},
            True, 1)

    def say_event(self, event, /, **facts):
        self.say("event", {"event": event, "seconds": self.seconds, **facts}, qos=1)

    def take(self, client, _, message):
        verb = message.topic.rsplit("/", 1)[1]
        if message.retain:
            return
        try:
            fields = json.loads(message.payload or b"{}")
        except ValueError:
            fields = {}
        self.commands.append((verb, fields))
        problem = None if verb in VERBS else ("unknown_command", f"there is no {verb}")
        if verb == "gesture" and fields.get("name") not in GESTURES:
            problem = ("refused", f'there is no gesture named "{fields.get("name")}"')
        if not problem:
            self.perform(verb, fields)
        answer = {"ok": not problem, "id": fields.get("id")}
        if problem:
            answer["error"] = {"code": problem[0], "message": problem[1]}
        self.say(f"command/{verb}/result", answer, qos=1)
        asked = message.properties
        if hasattr(asked, "ResponseTopic"):
            properties = Properties(PacketTypes.PUBLISH)
            if hasattr(asked, "CorrelationData"):
                properties.CorrelationData = asked.CorrelationData
            client.publish(asked.ResponseTopic, json.dumps(answer), 1, properties=properties)

    def perform(self, verb, fields):
        with self.lock:
            if verb == "emergency_stop":
                self.stop_cause = "message"
                self.say_event("emergency_stop", cause="message")
            elif verb == "clear":
                self.stop_cause = None
                self.say_event("cleared")
            elif verb == "intensity":
                self.intensity = fields.get("value", 1)
            elif verb == "mode":
                self.mode = fields.get("name", "auto")
            elif verb.startswith("record_"):
                self.recording = "pretend_2026-01-02T03-04-05Z.mcap" if verb == "record_start" else None
            elif verb == "gesture":
                self.gesture = time.monotonic()
                self.say_event("gesture", name=fields["name"])
            elif verb in ("script_stop", "script_start", "script_reload"):
                name = fields.get("name") or fields.get("file", "").removeprefix("Scripts/").removesuffix(".lua")
                self.scripts[name] = ["stopped" if verb == "script_stop" else "running", None]
                self.say_scripts()
            self.say_state()

    def tick(self, count):
        now = self.seconds
        face = self.faces[int(now * 25 + self.offset) % len(self.faces)]
        if count % max(1, round(20 / self.face_hz)) == 0:
            blink = 1.0 if now % 4 < 0.15 else 0.0
            coefficients = {
                "mouthSmileLeft": 0.3, "mouthSmileRight": 0.3, "eyeBlinkLeft": blink, "eyeBlinkRight": blink,
                "eyeLookOutLeft": max(0.0, 0.5 * math.sin(now)), "eyeLookInRight": max(0.0, 0.5 * math.sin(now)),
                "eyeLookInLeft": max(0.0, -0.5 * math.sin(now)), "eyeLookOutRight": max(0.0, -0.5 * math.sin(now))}
            self.say("face", {"t_s": now, "coefficients": coefficients, "landmarks": face})
            other = self.faces[int(now * 25 + 900) % len(self.faces)]
            self.say("person", {"t_s": now, "present": True, "coefficients": coefficients, "landmarks": other, "voice": 0.5})
            # Once the stop is latched nothing moves; a gesture is seen on the jaw for a second.
            still = self.stop_cause is not None
            nod = 0.7 if self.gesture and time.monotonic() - self.gesture < 1 else None
            self.say("actuators", {"t_s": now, "actuators": [
                {"name": name, "target": 0.0 if still else nod if nod and name == "jaw" else round(0.5 * math.sin(now + k), 4),
                 "present": 0.0 if still else round(0.5 * math.sin(now + k - 0.05), 4),
                 "load": round(0.2 * math.sin(3 * now + k), 3), "temperature_c": 38 + k % 5}
                for k, name in enumerate(ACTUATORS)]})
        if count % 10 == 0:
            self.say("layers", {"t_s": now, "layers": [
                {"name": "idle", "priority": 0, "weight": 1.0}, {"name": "listener", "priority": 10, "weight": 0.9},
                {"name": "greeting", "priority": 40, "weight": 0.4}],
                "drivers": {"head": "listener", "eyes": "greeting", "mouth": "listener", "brows": "idle"}})
        if count % 20 == 0:
            self.say_state()
            wander = self.random.uniform
            self.say("scheduler", {
                "t_s": now, "ticks": int(now * 100), "late": 0, "skipped": 0, "lateness_p50_us": wander(18, 24),
                "lateness_p99_us": wander(50, 75), "lateness_max_us": wander(70, 160), "tick_p50_us": 45, "tick_p99_us": 70,
                "latency_ms": wander(40, 60), "frames_played": int(now * 25), "frames_missed": 0, "fallbacks": 0,
                "interventions": int(now * 60), "violations": 0})

    def leave(self):
        self.client.publish(self.topic("availability"), "offline", 1, True).wait_for_publish(1)
        self.client.disconnect()
        self.client.loop_stop()


def play(robots, until=lambda: False):
    """Twenty steps a second until the caller has seen enough."""
    count, due = 0, time.monotonic()
    while not until():
        for robot in robots:
            robot.tick(count + robot.offset % 20)
        count += 1
        due = max(due + 0.05, time.monotonic() - 1)
        time.sleep(max(0.0, due - time.monotonic()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--port", type=int, default=1883)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--landmarks")
    parser.add_argument("--face-hz", type=float, default=10)
    parser.add_argument("--seconds", type=float, default=math.inf)
    options = parser.parse_args()
    faces = read_landmarks(options.landmarks) if options.landmarks else [still_face()]
    names = ["pretend"] if options.count == 1 else [f"pretend-{k}" for k in range(options.count)]
    robots = [Robot(name, faces, options.port, k, options.face_hz) for k, name in enumerate(names)]
    end = time.monotonic() + options.seconds
    try:
        play(robots, lambda: time.monotonic() >= end)
    except KeyboardInterrupt:
        pass
    for robot in robots:
        robot.leave()


if __name__ == "__main__":
    main()
