"""Speaks to a running controller's console from the protocol's description alone: no code of Mien's is used.

usage: console.py MIEN
Starts `mien run` without models into a simulated face, asks, commands, follows events, misbehaves, and checks answers.
"""

import json
import os
import random
import socket
import stat
import subprocess
import sys
import tempfile
import time


class Peer:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(path)
        self.socket.settimeout(30)
        self.lines = self.socket.makefile("r", encoding="utf-8", newline="\n")

    def send(self, value):
        self.socket.sendall(json.dumps(value).encode() + b"\n")

    def receive(self):
        return json.loads(self.lines.readline())

    def ask(self, **value):
        self.send(value)
        return self.receive()

    def close(self):
        self.lines.close()
        self.socket.close()


def check(condition, sentence):
    if not condition:
        raise SystemExit(f"console: FAILED: {sentence}")
    print(f"console: {sentence}")


def wait_for(path, process):
    for _ in range(600):
        if process.poll() is not None:
            raise SystemExit(f"console: FAILED: mien ended with {process.returncode}")
        try:
            return Peer(path)
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"console: FAILED: nobody listens at {path}")


def hostile(path):
    """Clients that nobody wants; each is forgotten or answered, none may hurt."""
    generator = random.Random(5)
    held = []
    for _ in range(200):
        peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            peer.connect(path)
            peer.settimeout(1)
            kind = generator.randrange(5)
            if kind == 0:
                peer.sendall(generator.randbytes(3000) + b"\n")
            elif kind == 1:
                peer.sendall(b"x" * 200_000)
            elif kind == 2:
                peer.sendall(b'{"command":' + b"[" * 50_000 + b"\n")
            elif kind == 3:
                peer.sendall(b'{"half":')
                held.append(peer)
                continue
            else:
                peer.sendall(b'{"command":"events"}\n' * 100)
        except OSError:
            pass
        peer.close()
    for peer in held:
        peer.close()


def hold_to_schema(path):
    """Random requests: the controller refuses exactly those that its published schema does."""
    try:
        import jsonschema
    except ImportError:
        print("console: skipped the schema: no jsonschema here")
        return
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "..", "..", "Documentation", "console-schema.json"), encoding="utf-8") as file:
        validator = jsonschema.Draft202012Validator(json.load(file))
    generator = random.Random(7)
    names = [variant["properties"]["command"]["const"] for variant in validator.schema["oneOf"]]
    keys = ["name", "strength", "duration", "intensity", "hold_s", "text", "value", "file", "source", "nonsense"]
    values = ["nod", "", "x" * 250, 0, 0.5, 1, 3, -1, 1e9, True, None]
    malformed = {"not_an_object", "missing", "unknown_command", "unknown_key", "wrong_kind", "out_of_range"}
    peer = Peer(path)
    taken = 0
    for number in range(500):
        request = {"command": generator.choice(names + ["nonsense"]), "id": number}
        for key in generator.sample(keys, generator.choice([0, 1, 1, 2])):
            request[key] = generator.choice(values)
        if request["command"] == "events":
            continue
        peer.send(request)
        answer = peer.receive()
        is_refused = not answer["ok"] and answer["error"]["code"] in malformed
        if is_refused == validator.is_valid(request):
            raise SystemExit(f"console: FAILED: schema and controller disagree on {request}: {answer}")
        taken += not is_refused
    peer.close()
    check(taken > 25, f"schema and controller agree on 500 requests, {taken} of them good")


def speak_in_escapes(mien, folder):
    """A script that would steer the terminal, or forge a line of another script."""
    script = os.path.join(folder, "hostile.lua")
    with open(script, "w", encoding="utf-8") as file:
        file.write('log("\\27[2J\\27]0;owned\\7") say("a\\r    0.00 s  other  log  forged\\n") emit("a\\nb\\27[31m") '
                   'error("\\27[2J\\nat the end")\n')
    told = subprocess.run([mien, "script", "run", "--virtual", script], text=True, capture_output=True, timeout=60)
    text = told.stdout + told.stderr
    check(told.returncode == 1 and "owned" in text, "a script's words are shown")
    check(all(c == "\n" or c.isprintable() for c in text), "without what would steer the terminal")
    check(not any(line.split()[2:3] == ["other"] for line in text.splitlines()), "and on the lines of their script")


def main(mien):
    with tempfile.TemporaryDirectory() as folder:
        speak_in_escapes(mien, folder)
        environment = dict(os.environ, XDG_RUNTIME_DIR=folder)
        command = [mien, "run", "--models", "none", "--seconds", "60", "--name", "peer", "--json"]
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
        path = os.path.join(folder, "mien", "peer.sock")
        try:
            converse(mien, environment, path, process)
            process.terminate()
            summary = json.loads(process.communicate(timeout=20)[0])
            check(summary["limits"]["violations"] == 0, "no limit was violated")
            check(not os.path.exists(path), "the socket is gone with the controller")
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def converse(mien, environment, path, process):
    peer = wait_for(path, process)
    mode = stat.S_IMODE(os.stat(path).st_mode)
    check(mode == 0o600, "only the owner may open the socket")

    first = peer.ask(id="a", command="status")
    check(first["ok"] and first["id"] == "a" and first["status"]["robot"] == "peer", "status answers with its id")
    begun = time.monotonic()
    first_ticks = peer.ask(command="status")["status"]["control"]["ticks"]
    time.sleep(0.5)
    ticks = peer.ask(command="status")["status"]["control"]["ticks"] - first_ticks
    seconds = time.monotonic() - begun
    check(60 * seconds <= ticks <= 180 * seconds, f"the control tick goes on ({ticks} ticks in {seconds:.2f} s)")

    listener = Peer(path)
    check(listener.ask(command="events")["ok"], "events can be followed")
    check(peer.ask(command="emergency_stop")["ok"], "the emergency stop can be pressed")
    event = listener.receive()
    check((event["event"], event["cause"]) == ("emergency_stop", "operator"), "and is an event")
    check(peer.ask(command="status")["status"]["emergency_stop"] == "operator", "and is in the status")
    check(peer.ask(command="clear")["ok"] and listener.receive()["event"] == "cleared", "the operator clears it")

    bad = peer.ask(id=9, command="gesture", name="nod", strength=99)
    check(not bad["ok"] and bad["error"]["code"] == "out_of_range" and bad["id"] == 9, "bad fields are refused")
    second = subprocess.run(
        [mien, "run", "--models", "none", "--seconds", "1", "--name", "peer"], env=environment, text=True,
        capture_output=True, timeout=30)
    check(second.returncode == 2 and f"process {process.pid}" in second.stderr, "a second instance is refused")

    hold_to_schema(path)
    hostile(path)
    before = time.monotonic()
    after = Peer(path).ask(command="status")
    check(after["ok"] and time.monotonic() - before < 1, "two hundred hostile clients did no harm")
    check(after["status"]["control"]["skipped_periods"] <= 2, "the control tick did not notice")


if __name__ == "__main__":
    main(sys.argv[1])
