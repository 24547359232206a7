"""Drives a servo firmware on an emulated AVR over its UART: every byte that Mien writes passes a real UART model.

    python avr.py .build/release/mien

Builds avr/firmware.c with avr-gcc and avr/host.c with libsimavr (Debian: gcc-avr avr-libc libsimavr-dev libelf-dev);
skips where they are not installed. Mien runs the 23-servo face on it as on any Maestro. What the firmware understood is
then held against the robot file: nothing malformed, no pulse beyond a servo's limits, all servos moved, all relaxed in
the end.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import serial
import yaml

here = pathlib.Path(__file__).resolve().parent
root = here.parents[1]
mien = str(pathlib.Path(sys.argv[1]).resolve())
seconds = 8
failed = 0


def check(isGood: bool, what: str) -> None:
    global failed
    print(("ok    " if isGood else "FAILED ") + what)
    failed += not isGood


if not (shutil.which("avr-gcc") and shutil.which("gcc") and pathlib.Path("/usr/include/simavr/sim_avr.h").exists()):
    print("skipped: no avr-gcc or libsimavr (apt-get install gcc-avr avr-libc libsimavr-dev libelf-dev)")
    sys.exit(0)

with tempfile.TemporaryDirectory() as folder:
    firmware, host, line = f"{folder}/firmware.elf", f"{folder}/host", f"{folder}/line"
    subprocess.run(
        ["avr-gcc", "-mmcu=atmega328p", "-DF_CPU=16000000UL", "-Os", "-Wall", "-Wextra", "-o", firmware,
         str(here / "avr/firmware.c")], check=True)
    subprocess.run(
        ["gcc", "-O2", "-o", host, str(here / "avr/host.c"), "-lsimavr", "-lelf", "-lpthread"], check=True)
    board = subprocess.Popen([host, firmware, line], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        # simavr says on the same pipe what it has loaded.
        said = [text.strip() for text in iter(board.stdout.readline, line + "\n") if text]
        check(os.path.exists(line), "the firmware runs: " + "; ".join(said))
        environment = dict(os.environ, XDG_STATE_HOME=folder)
        run = subprocess.run(
            [mien, "run", "--port", line, "--models", "none", "--seconds", str(seconds), "--json", "--name", "avr"],
            cwd=root, env=environment, capture_output=True, text=True, timeout=120)
        check(run.returncode == 0, "mien runs the face on it " + run.stderr[-300:] * (run.returncode != 0))
        time.sleep(0.5)
        # An emulated board on a busy machine may be slower than a real one, and reads on for a while.
        port = serial.Serial(line, 115200, timeout=60)
        # Answers to Mien's own questions may still be on their way.
        port.timeout = 3
        while port.read(256):
            pass
        port.timeout = 60

        def ask(*command: int, answer: int) -> bytes:
            port.write(bytes(command))
            reply = port.read(answer)
            check(len(reply) == answer, f"an answer to {bytes(command).hex()}") if len(reply) != answer else None
            return reply.ljust(answer, b"\0")

        commands = int.from_bytes(ask(0xF0, answer=4), "little")
        # 23 servos in runs of channels, a hundred times a second.
        check(commands >= 50 * seconds, f"{commands} commands understood")
        errors = int.from_bytes(ask(0xA1, answer=2), "little")
        check(errors == 0, f"no error flag: {errors:#x}")
        face = yaml.safe_load((root / "Robots/maestro-face-23.yaml").read_text())
        moved, outside, driven = 0, [], []
        for actuator in face["actuators"]:
            reply = ask(0xF1, actuator["channel"], answer=4)
            least, greatest = (int.from_bytes(reply[i : i + 2], "little") / 4 for i in (0, 2))
            moved += greatest - least > 1
            if least < actuator["min_us"] - 0.25 or greatest > actuator["max_us"] + 0.25:
                outside.append(f"{actuator['name']} {least}..{greatest}")
            if int.from_bytes(ask(0x90, actuator["channel"], answer=2), "little"):
                driven.append(actuator["name"])
        check(moved >= 20, f"{moved} of {len(face['actuators'])} servos moved")
        check(not outside, "no pulse beyond a limit " + ", ".join(outside))
        check(not driven, "no servo is driven after the end " + ", ".join(driven))
    finally:
        board.stdin.close()
        board.wait(timeout=10)

sys.exit(1 if failed else 0)
