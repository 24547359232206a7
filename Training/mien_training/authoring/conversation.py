"""Authors ``Tracks/conversation.csv``: two minutes of a person who talks to the robot.

The person is a score (who does what when, below) and a handful of generators that play it: syllables shape the mouth,
stress moves brows and head, gestures such as nods, smiles and turns are added where the score asks for them, blinks and
gaze shifts fill the rest. Every random draw comes from Mien's counter-based generator with a fixed seed, so the file can
be made again. Nothing is copied from a recording.

    python -m mien_training.authoring.conversation Tracks/conversation.csv
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mien_training.authoring.draws import Draws
from mien_training.authoring.shapes import MOUTHS, bump, minimum_jerk, smooth

SEED = 2026
FINE_HZ = 200
FRAME_HZ = 25
LENGTH_S = 124.0

# (from, to) in seconds.
ABSENT = [(0.0, 1.6), (108.4, 114.8)]
TALK = [
    (4.2, 9.4), (10.4, 16.0), (19.2, 27.0), (29.6, 36.4), (41.0, 48.6), (55.2, 63.0), (69.2, 78.0), (82.0, 92.2),
    (97.0, 104.4), (118.6, 122.6),
]
# (from, to, strength): slow on, slow off.
SMILES = [
    (2.1, 4.6, 0.62), (11.8, 13.2, 0.30), (15.2, 18.8, 0.55), (24.0, 25.6, 0.25), (38.4, 41.2, 0.42), (47.4, 53.6, 0.85),
    (72.0, 73.6, 0.30), (79.6, 82.4, 0.50), (86.0, 89.6, 0.60), (102.4, 107.6, 0.68), (116.0, 119.4, 0.66),
    (121.8, 123.9, 0.50),
]
LAUGHS = [(48.8, 51.4)]
# (start, number of nods, size in rad).
NODS = [
    (3.2, 1, 0.10), (12.6, 1, 0.07), (18.3, 2, 0.11), (25.2, 1, 0.08), (37.4, 2, 0.12), (39.6, 1, 0.08), (46.0, 1, 0.08),
    (74.6, 1, 0.08), (79.0, 3, 0.13), (88.2, 1, 0.09), (103.4, 2, 0.10), (117.6, 2, 0.11),
]
SHAKES = [(60.2, 2, 0.10), (94.6, 1, 0.06)]
# Head away from the robot: (from, to, yaw, pitch, roll) in rad; yaw to the subject's left, pitch down.
TURNS = [
    (9.3, 10.6, 0.16, -0.08, 0.02), (27.0, 29.4, -0.34, -0.06, -0.03), (34.8, 36.6, 0.05, -0.05, 0.12),
    (63.2, 68.8, 0.78, 0.08, 0.05), (92.4, 96.6, -0.12, 0.26, -0.02), (99.0, 100.0, -0.18, 0.04, 0.0),
    (107.2, 109.0, -0.85, 0.10, -0.05), (113.6, 115.6, -0.70, 0.06, -0.04),
]
# (from, to, shape, strength).
FACES = [
    (34.4, 36.8, "browInnerUp", 0.45), (34.4, 36.8, "browOuterUp", 0.50), (56.0, 62.6, "browDown", 0.32),
    (93.0, 96.4, "mouthPress", 0.35), (93.0, 96.4, "browDown", 0.22), (27.4, 29.2, "mouthShrugUpper", 0.25),
    (27.4, 29.2, "mouthPucker", 0.20), (94.0, 96.2, "mouthFrown", 0.22), (115.2, 116.6, "browInnerUp", 0.50),
    (115.2, 116.6, "browOuterUp", 0.55), (115.2, 116.4, "eyeWide", 0.40), (61.0, 62.4, "noseSneer", 0.18),
    (42.8, 44.2, "browInnerUp", 0.30), (42.8, 44.2, "browOuterUp", 0.28),
]

PAIRED = [
    "eyeBlink", "eyeLookDown", "eyeLookIn", "eyeLookOut", "eyeLookUp", "eyeSquint", "eyeWide", "mouthSmile", "mouthFrown",
    "mouthDimple", "mouthStretch", "mouthPress", "mouthLowerDown", "mouthUpperUp", "browDown", "browOuterUp",
    "cheekSquint", "noseSneer",
]
SINGLE = [
    "jawOpen", "mouthClose", "mouthFunnel", "mouthPucker", "mouthRollLower", "mouthRollUpper", "mouthShrugLower",
    "mouthShrugUpper", "browInnerUp",
]
HEAD = ["head_yaw_rad", "head_pitch_rad", "head_roll_rad", "head_x_m", "head_y_m", "head_z_m"]

# What the dyad recordings' motion energy looks like while people are there: median and 95th percentile.
ENERGY_MEDIAN, ENERGY_P95 = 1000.0, 8000.0


@dataclass
class Person:
    """The person on a fine time grid: faces by name (pairs without a side), head, gaze and voice."""

    time: np.ndarray
    face: dict[str, np.ndarray] = field(default_factory=dict)
    head: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        zeros = np.zeros_like(self.time)
        self.face = {name: zeros.copy() for name in PAIRED + SINGLE}
        self.head = {name: zeros.copy() for name in HEAD}
        self.voice = zeros.copy()
        self.gesture = zeros.copy()
        self.eye_left = zeros.copy()
        self.eye_down = zeros.copy()

    def hold(self, start: float, end: float, rise: float, fall: float) -> np.ndarray:
        """A plateau of 1 with minimum-jerk flanks."""
        up = minimum_jerk((self.time - start) / rise)
        down = minimum_jerk((self.time - (end - fall)) / fall)
        return up - down


def talk(person: Person, draws: Draws) -> None:
    """Syllables of 0.11 to 0.35 s in words and breath groups; every third or so is stressed."""
    for start, end in TALK:
        now = start
        group_end = start
        while now < end:
            if now >= group_end:
                if now > start:
                    now += draws.between(0.25, 0.6)
                group_end = now + draws.between(1.6, 3.4)
            for _ in range(draws.choice([0.42, 0.34, 0.17, 0.07]) + 1):
                length = float(np.clip(np.exp(draws.normal(np.log(0.19), 0.28)), 0.11, 0.35))
                if now + length > end:
                    break
                stressed = draws.uniform() < 0.33
                loud = draws.between(0.75, 1.1) * (1.25 if stressed else 0.8)
                for name, strength in MOUTHS[draws.choice([0.28, 0.22, 0.16, 0.12, 0.12, 0.10])].items():
                    person.face[name] += loud * strength * bump(person.time, now, length)
                if draws.uniform() < 0.22:
                    closed = bump(person.time, now - 0.05, 0.11)
                    person.face["jawOpen"] *= 1 - 0.85 * closed
                    person.face["mouthPress"] += 0.30 * closed
                    person.face["mouthRollLower"] += 0.16 * closed
                person.voice += bump(person.time, now - 0.02, length + 0.05, flat=True)
                if stressed:
                    beat = draws.between(0.5, 1.2)
                    person.head["head_pitch_rad"] += 0.045 * beat * bump(person.time, now - 0.06, length + 0.24)
                    person.head["head_yaw_rad"] += draws.normal(0, 0.02) * bump(person.time, now - 0.1, length + 0.5)
                    person.head["head_z_m"] += 0.004 * beat * bump(person.time, now - 0.08, length + 0.3)
                    person.gesture += beat * bump(person.time, now - 0.1, length + 0.4)
                    if draws.uniform() < 0.5:
                        raised = draws.between(0.1, 0.35) * bump(person.time, now - 0.1, length + 0.35)
                        person.face["browInnerUp"] += 0.7 * raised
                        person.face["browOuterUp"] += raised
                now += length
            now += draws.between(0.0, 0.09)
    person.voice = np.clip(person.voice, 0, 1)


def gestures(person: Person, draws: Draws) -> None:
    for start, end, strength in SMILES:
        hold = strength * person.hold(start, end, draws.between(0.5, 0.9), draws.between(0.9, 1.7))
        waver = smooth(draws.normals(len(person.time)), 0.35 * FINE_HZ)
        hold *= np.clip(1 + 0.14 * waver / waver.std(), 0.6, 1.25)
        person.face["mouthSmile"] += hold
        person.face["cheekSquint"] += 0.65 * np.clip(hold - 0.12, 0, None)
        person.face["eyeSquint"] += 0.30 * np.clip(hold - 0.15, 0, None)
        person.face["mouthDimple"] += 0.15 * hold
        person.face["mouthUpperUp"] += 0.12 * hold
        person.face["mouthStretch"] += 0.10 * hold
    for start, end in LAUGHS:
        beats = np.clip(np.sin(2 * np.pi * 4.4 * (person.time - start)), 0, None)
        laugh = person.hold(start, end, 0.3, 0.6)
        person.face["jawOpen"] += laugh * (0.22 + 0.16 * beats)
        person.face["noseSneer"] += 0.25 * laugh
        person.head["head_pitch_rad"] += laugh * (-0.06 + 0.03 * beats)
        person.head["head_y_m"] += 0.004 * laugh * beats
        person.gesture += laugh * (0.8 + beats)
    for name, scored in (("head_pitch_rad", NODS), ("head_yaw_rad", SHAKES)):
        for start, count, size in scored:
            cycle = draws.between(0.34, 0.46)
            for index in range(count):
                swing = size * 0.8**index * (0.6 if index == count - 1 and count > 1 else 1)
                place = start + index * cycle
                if name == "head_pitch_rad":
                    person.head[name] += swing * bump(person.time, place, cycle)
                else:
                    person.head[name] += swing * (
                        bump(person.time, place, cycle / 2) - bump(person.time, place + cycle / 2, cycle / 2)
                    )
    for start, end, shape, strength in FACES:
        person.face[shape] += strength * person.hold(start, end, 0.35, 0.5)


def hold_head(person: Person, draws: Draws) -> None:
    """Turns of the score and the sway of somebody who sits."""
    for start, end, yaw, pitch, roll in TURNS:
        time = 0.35 + 0.5 * abs(yaw)
        hold = person.hold(start, end, time, time * 1.1)
        person.head["head_yaw_rad"] += yaw * hold
        person.head["head_pitch_rad"] += pitch * hold
        person.head["head_roll_rad"] += roll * hold
        person.head["head_x_m"] += 0.05 * yaw * hold
        person.head["head_z_m"] -= 0.03 * abs(yaw) * hold
    size = len(person.time)
    for name, slow, quick in (
        ("head_yaw_rad", 0.045, 0.006), ("head_pitch_rad", 0.030, 0.006), ("head_roll_rad", 0.028, 0.004),
        ("head_x_m", 0.012, 0.0006), ("head_y_m", 0.004, 0.0005), ("head_z_m", 0.014, 0.0007),
    ):
        for deviation, seconds in ((slow, 1.1), (quick, 0.16)):
            noise = smooth(draws.normals(size), seconds * FINE_HZ)
            person.head[name] += deviation * noise / noise.std()


def look(person: Person, draws: Draws) -> None:
    """Gaze: mostly at the robot when silent, aside now and then when talking, with the head when it turns."""
    time = person.time
    left = np.zeros_like(time)
    down = np.zeros_like(time)
    talking = np.zeros(len(time), dtype=bool)
    for start, end in TALK:
        talking |= (time >= start) & (time < end)
    now = 1.6
    while now < LENGTH_S:
        speaking = talking[min(int(now * FINE_HZ), len(time) - 1)]
        now += draws.between(2.2, 4.6) if speaking else draws.between(3.5, 7.0)
        length = draws.between(0.6, 2.2) if speaking else draws.between(0.4, 1.2)
        away = (time >= now) & (time < now + length)
        left[away] = draws.normal(0, 0.30)
        down[away] = draws.normal(-0.05, 0.14)
        now += length
    for start, end, yaw, pitch, _ in TURNS:
        away = (time >= start - 0.08) & (time < end - 0.25)
        left[away] = np.clip(1.3 * yaw, -0.95, 0.95)
        down[away] = 1.2 * pitch
    # What the head does not turn, the eyes do; a saccade takes about 40 ms.
    person.look_left, person.look_down = left, down
    person.eye_left = smooth(np.clip(left - person.head["head_yaw_rad"], -0.5, 0.5), 0.012 * FINE_HZ)
    person.eye_down = smooth(np.clip(down - person.head["head_pitch_rad"], -0.4, 0.4), 0.012 * FINE_HZ)
    jumps = np.flatnonzero(np.abs(np.diff(left)) + np.abs(np.diff(down)) > 0.22) / FINE_HZ
    blink(person, draws, jumps, talking)


def blink(person: Person, draws: Draws, jumps: np.ndarray, talking: np.ndarray) -> None:
    """Log-normal gaps, about 24 a minute talking and 16 silent; large gaze shifts bring one along."""
    times = [place for place in jumps if draws.uniform() < 0.6]
    now = 2.0
    while now < LENGTH_S:
        mean = 2.4 if talking[min(int(now * FINE_HZ), len(person.time) - 1)] else 3.6
        now += float(np.clip(np.exp(draws.normal(np.log(mean), 0.55)), 0.6, 9.0))
        times.append(now)
    last = 0.0
    for place in sorted(times):
        if place - last < 0.45:
            continue
        last = place
        close, shut, reopen = 0.075, 0.04, 0.135
        rise = minimum_jerk((person.time - place) / close)
        fall = minimum_jerk((person.time - place - close - shut) / reopen)
        person.face["eyeBlink"] = np.maximum(person.face["eyeBlink"], draws.between(0.82, 0.97) * (rise - fall))


def energy(person: Person, draws: Draws) -> np.ndarray:
    """Changed pixels from the speed of head, mouth and gesturing hands, in the recordings' unit and distribution."""
    def speed(values: np.ndarray) -> np.ndarray:
        return np.abs(np.gradient(values, 1 / FINE_HZ))

    turning = speed(person.head["head_yaw_rad"]) + speed(person.head["head_pitch_rad"]) + speed(
        person.head["head_roll_rad"])
    moving = speed(person.head["head_x_m"]) + speed(person.head["head_y_m"]) + speed(person.head["head_z_m"])
    mouth = speed(person.face["jawOpen"]) + speed(person.face["mouthSmile"])
    hands = smooth(np.clip(person.gesture, 0, 2), 0.12 * FINE_HZ)
    effort = smooth(turning + 4 * moving + 0.03 * mouth + 0.25 * speed(hands), 0.02 * FINE_HZ)
    grain = smooth(draws.normals(len(person.time)), 0.05 * FINE_HZ)
    logs = np.log(effort + 0.004) + 0.25 * grain / grain.std()
    here = presence(person.time)
    middle, high = np.percentile(logs[here], [50, 95])
    power = np.log(ENERGY_P95 / ENERGY_MEDIAN) / (high - middle)
    values = ENERGY_MEDIAN * np.exp(power * (logs - middle))
    return np.where(values < 30, 0, np.minimum(values, 40_000))


def presence(time: np.ndarray) -> np.ndarray:
    here = np.ones(len(time), dtype=bool)
    for start, end in ABSENT:
        here &= ~((time >= start - 1e-9) & (time < end - 1e-9))
    return here


def columns(person: Person, draws: Draws) -> dict[str, np.ndarray]:
    """Every column of the file on the fine grid: sides told apart, everything within its range."""
    face = person.face
    smiling = np.clip(face["mouthSmile"], 0, 1)
    face["mouthFunnel"] *= 1 - 0.5 * smiling
    face["mouthPucker"] *= 1 - 0.6 * smiling
    face["eyeSquint"] += 0.04
    face["eyeBlink"] = np.maximum(face["eyeBlink"], 0.05 + 0.5 * np.clip(person.eye_down, 0, None))
    face["eyeWide"] *= 1 - face["eyeBlink"]
    face["mouthClose"] += 0.12 * face["jawOpen"] * (1 - person.voice)
    result: dict[str, np.ndarray] = {}
    skew = {name: draws.normal(0, 0.05) for name in PAIRED}
    eyes = {"eyeLookDown": person.eye_down / 0.55, "eyeLookUp": -person.eye_down / 0.55}
    for name in PAIRED:
        for side, sign in (("Left", 1), ("Right", -1)):
            if name in eyes:
                values = eyes[name]
            elif name in ("eyeLookOut", "eyeLookIn"):
                outward = sign if name == "eyeLookOut" else -sign
                values = outward * person.eye_left / 0.60
            else:
                slow = smooth(draws.normals(len(person.time)), 0.3 * FINE_HZ)
                values = face[name] * (1 + sign * skew[name]) + 0.006 * slow / slow.std()
            result[name + side] = np.clip(values, 0, 1)
    for name in SINGLE:
        slow = smooth(draws.normals(len(person.time)), 0.3 * FINE_HZ)
        result[name] = np.clip(face[name] + 0.006 * slow / slow.std(), 0, 1)
    result.update(person.head)
    return result


def author() -> tuple[list[str], list[list[str]]]:
    """The file's header and rows."""
    draws = Draws(SEED)
    time = np.arange(int(LENGTH_S * FINE_HZ)) / FINE_HZ
    person = Person(time)
    talk(person, draws)
    gestures(person, draws)
    for name, values in person.face.items():
        person.face[name] = smooth(values, 0.015 * FINE_HZ)
    hold_head(person, draws)
    look(person, draws)
    fine = columns(person, draws)
    fine["motion_energy"] = energy(person, draws)
    fine["voice"] = smooth(person.voice, 0.02 * FINE_HZ)

    each = FINE_HZ // FRAME_HZ
    half = each // 2
    frames = {
        name: np.pad(values, (half, half), mode="edge")[: len(time) + each]
        for name, values in fine.items()
    }
    frames = {
        name: np.lib.stride_tricks.sliding_window_view(values, each)[::each][: len(time) // each].mean(axis=1)
        for name, values in frames.items()
    }
    towards = person.look_left[::each]
    frames["gaze_region"] = np.where(towards > 0.22, 1, np.where(towards < -0.22, 3, 2))
    here = presence(time[::each])

    header = ["time_s", *canonical(list(frames))]
    rows = []
    for index in range(len(here)):
        cells = [number(index / FRAME_HZ, 2)]
        for name in header[1:]:
            digits = 0 if name in ("motion_energy", "gaze_region") else 4 if name in HEAD else 3
            cells.append(number(frames[name][index], digits) if here[index] else "")
        rows.append(cells)
    return header, rows


def canonical(names: list[str]) -> list[str]:
    """The names in the order of Mien's tracks."""
    order = [
        "eyeBlinkLeft eyeLookDownLeft eyeLookInLeft eyeLookOutLeft eyeLookUpLeft eyeSquintLeft eyeWideLeft",
        "eyeBlinkRight eyeLookDownRight eyeLookInRight eyeLookOutRight eyeLookUpRight eyeSquintRight eyeWideRight",
        "jawOpen mouthClose mouthFunnel mouthPucker mouthSmileLeft mouthSmileRight mouthFrownLeft mouthFrownRight",
        "mouthDimpleLeft mouthDimpleRight mouthStretchLeft mouthStretchRight mouthRollLower mouthRollUpper",
        "mouthShrugLower mouthShrugUpper mouthPressLeft mouthPressRight mouthLowerDownLeft mouthLowerDownRight",
        "mouthUpperUpLeft mouthUpperUpRight browDownLeft browDownRight browInnerUp browOuterUpLeft browOuterUpRight",
        "cheekSquintLeft cheekSquintRight noseSneerLeft noseSneerRight",
        " ".join(HEAD) + " motion_energy gaze_region voice",
    ]
    ordered = " ".join(order).split()
    assert sorted(ordered) == sorted(names)
    return ordered


def number(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def main() -> None:
    header, rows = author()
    text = "\n".join([",".join(header), *(",".join(row) for row in rows)]) + "\n"
    Path(sys.argv[1]).write_text(text)


if __name__ == "__main__":
    main()
