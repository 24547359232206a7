"""Hold `mien simulate` against an independent serial master: pyserial and the Maestro manual's bytes.

Run by `make test-peers`: python Tests/Peers/maestro.py PATH_TO_MIEN
"""

import random
import sys
import time

import serial

from simulator import run


class Maestro:
    """The compact protocol, written from the manual and sharing nothing with Mien."""

    def __init__(self, port):
        self.line = serial.Serial(port, 115200, timeout=2)

    def word(self, value):
        return bytes([value & 0x7F, value >> 7 & 0x7F])

    def set_target(self, channel, microseconds):
        self.line.write(bytes([0x84, channel]) + self.word(round(microseconds * 4)))

    def set_targets(self, first, microseconds):
        words = b"".join(self.word(round(value * 4)) for value in microseconds)
        self.line.write(bytes([0x9F, len(microseconds), first]) + words)

    def set_speed(self, channel, speed):
        self.line.write(bytes([0x87, channel]) + self.word(speed))

    def position(self, channel):
        self.line.write(bytes([0x90, channel]))
        return int.from_bytes(self.reply(2), "little") / 4

    def moving(self):
        self.line.write(b"\x93")
        return self.reply(1)[0]

    def errors(self):
        self.line.write(b"\xA1")
        return int.from_bytes(self.reply(2), "little")

    def reply(self, count):
        data = self.line.read(count)
        assert len(data) == count, f"{len(data)} of {count} bytes came back"
        return data


def targets_are_read_back(device):
    maestro = Maestro(device.link)
    maestro.set_target(3, 1400)
    assert maestro.position(3) == 1400
    maestro.set_targets(0, [2000.25, 1771, 1680])
    assert [maestro.position(channel) for channel in range(3)] == [2000.25, 1771, 1680]


def a_speed_limit_takes_time(device):
    maestro = Maestro(device.link)
    maestro.set_target(6, 1500)
    maestro.set_speed(6, 40)  # 10 µs each 10 ms
    maestro.set_target(6, 1700)
    assert maestro.moving() == 1
    deadline = time.monotonic() + 5
    while maestro.moving():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert maestro.position(6) == 1700
    maestro.set_speed(6, 0)


def errors_are_read_once(device):
    maestro = Maestro(device.link)
    maestro.errors()
    maestro.line.write(b"\x84\x63\x70\x2E")  # channel 99
    assert maestro.errors() == 1 << 4
    assert maestro.errors() == 0


def garbage_does_not_spoil_the_next_command(device):
    maestro = Maestro(device.link)
    noise = random.Random(7)
    for _ in range(200):
        maestro.line.write(bytes(noise.randrange(256) for _ in range(noise.randrange(60))))
        maestro.set_target(13, 1600)
    time.sleep(0.2)
    maestro.line.reset_input_buffer()
    assert maestro.position(13) == 1600


def the_shaft_follows_and_travel_adds_up(device):
    maestro = Maestro(device.link)
    def servo():
        return device.servo(20)

    maestro.set_target(20, 1650)
    time.sleep(1)
    before = servo()
    maestro.set_target(20, 1750)
    time.sleep(1)
    after = servo()
    assert abs(after["position"] - 1750) < 0.1
    assert abs(after["travel"] - before["travel"] - 100) < 0.5


def a_pulled_line_comes_back(device):
    maestro = Maestro(device.link)
    device.ask(do="unplug")
    try:
        maestro.position(3)
        raise AssertionError("a line that was pulled answered")
    except (OSError, AssertionError) as error:
        assert "answered" not in str(error)
    path = device.ask(do="replug")["path"]
    again = Maestro(path)
    again.set_target(3, 1300)
    assert again.position(3) == 1300


CHECKS = [
    targets_are_read_back, a_speed_limit_takes_time, errors_are_read_once, garbage_does_not_spoil_the_next_command,
    the_shaft_follows_and_travel_adds_up, a_pulled_line_comes_back,
]


sys.exit(1 if run("maestro-face-23", CHECKS, sys.argv[1]) else 0)
