"""Holds `mien simulate` against other people's masters of hobby servos: pyfirmata2, and Ohbot's own library.
Run by `make test-peers`: python Tests/Peers/hobby.py PATH_TO_MIEN
"""

import sys
import time
import types

import serial

from simulator import run


def pyfirmata_configures_and_moves_a_pin(device):
    import pyfirmata2

    board = pyfirmata2.ArduinoMega(device.link, timeout=10)
    try:
        board.servo_config(13, 544, 2400, 90)
        board.digital[13].write(120)
        time.sleep(1)
        servo = device.servo(13)
        # 544 + 120 / 180 * 1856
        assert abs(servo["target"] - 1781.33) < 1 and abs(servo["position"] - servo["target"]) < 5, servo
    finally:
        board.exit()


def ohbots_library_moves_its_motors(device):
    # The package looks for sound players and serial ports as it is imported; only its words are wanted here.
    for name in ("playsound", "pyttsx3"):
        sys.modules.setdefault(name, types.ModuleType(name))
    from ohbot import ohbot

    ohbot.ser = serial.Serial(device.link, 19200, timeout=1)
    ohbot.connected = True
    ohbot.move(ohbot.HEADTURN, 7, 3)
    ohbot.move(ohbot.HEADNOD, 2)
    time.sleep(1.5)
    turn, nod = device.servo(1), device.servo(0)
    assert turn["target"] == 126 and abs(turn["position"] - 126) < 2, turn
    assert nod["target"] == 105 and abs(nod["position"] - 105) < 2, nod
    assert device.ask(ask="status")["protocol_errors"] == 0


mien = sys.argv[1]
failed = run("inmoov-head", [pyfirmata_configures_and_moves_a_pin], mien)
failed += run("ohbot", [ohbots_library_moves_its_motors], mien)
sys.exit(1 if failed else 0)
