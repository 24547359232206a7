"""What brokers and networks do to a robot: mosquitto killed again and again, half-open connections, blackholes, wrong
certificates, full disks, slow consumers. Judged by paho; no code of Mien's is used.

usage: mqtt_faults.py MIEN
Kills the broker ten times, a thousand times with MIEN_SOAK=1.
"""

import os
import random
import resource
import select
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time

from broker import Listener, Mosquitto, Quiet, Robot, checker, free_port

check = checker("mqtt_faults")
ROOT = "mien/peer"
NEEDED = [f"{ROOT}/availability", f"{ROOT}/state", f"{ROOT}/info", "homeassistant/device/mien_peer/config"]


def is_right(heard):
    return all(topic in heard.newest for topic in NEEDED) and heard.newest[NEEDED[0]].payload == b"online"


def killed(mien):
    """The broker dies without a word again and again: within 2 s of its return all is said again."""
    kills = 1000 if os.environ.get("MIEN_SOAK") == "1" else 10
    generator = random.Random(1)
    broker = Mosquitto()
    robot = Robot(mien, "--mqtt", f"mqtt://127.0.0.1:{broker.port}")
    listener = Listener(broker.port, NEEDED + [f"{ROOT}/scheduler", f"{ROOT}/bridge"], keep=False)
    quiet = Quiet()
    try:
        check(listener.wait(is_right, 30), "the robot joins the broker")
        listener.close()
        time.sleep(1)
        size, files, took = robot.resident_kb(), robot.open_files(), []
        for _ in range(kills):
            broker.kill()
            time.sleep(generator.choice([0, 0, 0.05, 0.3, 1]))
            broker.start()
            returned = time.monotonic()
            listener = Listener(broker.port, NEEDED + [f"{ROOT}/scheduler", f"{ROOT}/bridge"], keep=False)
            if not listener.wait(is_right, 30):
                raise SystemExit(f"mqtt_faults: FAILED: after a kill only {sorted(listener.newest)} came")
            took.append(time.monotonic() - returned)
            if len(took) < kills:
                listener.close()
        quiet.check(check, max(took) < 2, f"{kills} kills: all is right {statistics.median(took):.2f} s (median), "
              f"{max(took):.2f} s (worst) after the broker's return")
        grown, opened = robot.resident_kb() - size, robot.open_files() - files
        check(grown < 10_000 and opened <= 6, f"nothing grows ({grown} kB, {opened} files)")
        check(listener.wait(lambda heard: f"{ROOT}/scheduler" in heard.newest and f"{ROOT}/bridge" in heard.newest, 30),
              "figures come")
        figures = listener.json(f"{ROOT}/scheduler")
        ticks, skipped = figures["ticks"], figures["skipped"]
        quiet.check(check, skipped <= max(2, ticks // 2000), f"the control tick does not notice ({skipped} of {ticks} skipped)")
        check(listener.json(f"{ROOT}/bridge")["connects"] == kills + 1, "every connection is counted")
        listener.close()
        check(robot.end()["limits"]["violations"] == 0, "no limit is violated")
    finally:
        robot.close()
        broker.close()


class Line:
    """A TCP proxy that can swallow everything, as a pulled cable does."""

    def __init__(self, target):
        self.target, self.swallows, self.pairs = target, False, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            if self.swallows:
                self.pairs.append((client, None))
                continue
            server = socket.create_connection(("127.0.0.1", self.target))
            self.pairs.append((client, server))
            threading.Thread(target=self.carry, args=(client, server), daemon=True).start()

    def carry(self, client, server):
        while True:
            if self.swallows:
                time.sleep(0.05)
                continue
            readable, _, _ = select.select([client, server], [], [], 0.2)
            for end in readable:
                try:
                    data = end.recv(65536)
                    if data and not self.swallows:
                        (server if end is client else client).sendall(data)
                except OSError:
                    data = b""
                if not data:
                    client.close()
                    server.close()
                    return


def cut(mien):
    """A cable is pulled and put back: the connection stays half open, then a new one is made."""
    broker = Mosquitto()
    line = Line(broker.port)
    robot = Robot(mien, "--mqtt", f"mqtt://127.0.0.1:{line.port}")
    listener = Listener(broker.port, keep=False)
    try:
        check(listener.wait(is_right, 30), "the robot joins through a line")
        time.sleep(1)
        size = robot.resident_kb()
        line.swallows = True
        began = time.monotonic()
        check(listener.wait(lambda heard: heard.newest[f"{ROOT}/availability"].payload == b"offline", 60),
              f"the broker gives it up after {time.monotonic() - began:.0f} s")
        time.sleep(max(0, 14 - (time.monotonic() - began)))
        check("does not answer" in robot.said() or "no answer" in robot.said(), "the robot notices, and says so")
        line.swallows = False
        began = time.monotonic()
        check(listener.wait(lambda heard: heard.newest[f"{ROOT}/availability"].payload == b"online", 30),
              f"it is back {time.monotonic() - began:.1f} s after the cable")
        grown = robot.resident_kb() - size
        check(grown < 10_000, f"nothing grew meanwhile ({grown} kB)")
        listener.close()
        check(robot.end()["limits"]["violations"] == 0, "no limit is violated")
    finally:
        robot.close()
        broker.close()


def stopped(mien):
    """A broker that is alive and takes nothing, then goes on."""
    broker = Mosquitto()
    robot = Robot(mien, "--mqtt", f"mqtt://127.0.0.1:{broker.port}", "--mqtt-rate", "50", "--mqtt-encoding", "both")
    listener = Listener(broker.port, keep=False)
    try:
        check(listener.wait(is_right, 30), "the robot joins at fifty messages a second")
        time.sleep(3)
        size = robot.resident_kb()
        broker.signal(signal.SIGSTOP)
        time.sleep(8)
        grown = robot.resident_kb() - size
        broker.signal(signal.SIGCONT)
        began = time.monotonic()
        listener.forget()
        check(listener.wait(lambda heard: f"{ROOT}/bridge" in heard.newest and is_right_state(heard), 40),
              f"a broker that stood still for 8 s is spoken to again after {time.monotonic() - began:.1f} s")
        check(grown < 10_000, f"nothing grew ({grown} kB)")
        listener.close()
        check(robot.end()["limits"]["violations"] == 0, "no limit is violated")
    finally:
        robot.close()
        broker.close()


def is_right_state(heard):
    return heard.newest.get(f"{ROOT}/availability") is None or heard.newest[f"{ROOT}/availability"].payload == b"online"


def slow_consumer(mien):
    """A subscriber that never reads costs itself, not the robot."""
    broker = Mosquitto(("allow_anonymous true", "max_queued_messages 100"))
    robot = Robot(mien, "--mqtt", f"mqtt://127.0.0.1:{broker.port}", "--mqtt-rate", "50")
    listener = Listener(broker.port)
    lazy = socket.create_connection(("127.0.0.1", broker.port))
    try:
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        lazy.sendall(b"\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04lazy")
        time.sleep(0.2)
        lazy.sendall(b"\x82\x06\x00\x01\x00\x01#\x00")
        check(listener.wait(is_right, 30), "the robot joins beside a consumer that never reads")
        quiet = Quiet()
        listener.forget()
        time.sleep(4)
        count = sum(message.topic == f"{ROOT}/face" for _, message in listener.heard)
        quiet.check(check, count > 150, f"others are served in full ({count} faces in 4 s)")
        listener.close()
        check(robot.end()["limits"]["violations"] == 0, "no limit is violated")
    finally:
        lazy.close()
        robot.close()
        broker.close()


def full_disk(mien):
    """A broker that cannot write its database any more."""
    def no_room():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    broker = Mosquitto(("allow_anonymous true", "persistence true", "persistence_location FOLDER/",
                        "autosave_on_changes true", "autosave_interval 1"), preexec=no_room)
    robot = Robot(mien, "--mqtt", f"mqtt://127.0.0.1:{broker.port}")
    listener = Listener(broker.port, keep=False)
    try:
        check(listener.wait(is_right, 30), "a broker with a full disk is spoken to")
        time.sleep(2)
        listener.forget()
        check(listener.wait(lambda heard: f"{ROOT}/face" in heard.newest, 30), "and goes on")
        listener.close()
        check(robot.end()["limits"]["violations"] == 0, "no limit is violated")
    finally:
        robot.close()
        broker.close()


def certificates(folder):
    """Two authorities, a broker's certificate for localhost and one for elsewhere, an expired one, and a client's."""
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    for name in ["ca", "other"]:
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN=Mien test {name}",
                "-keyout", f"{name}.key", "-out", f"{name}.pem")

    def sign(name, subject, alternative, *validity):
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={subject}", "-keyout", f"{name}.key",
                "-out", f"{name}.csr")
        with open(os.path.join(folder, f"{name}.ext"), "w", encoding="ascii") as file:
            file.write(f"subjectAltName={alternative}\n")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out",
                f"{name}.pem", "-extfile", f"{name}.ext", *(validity or ("-days", "2")))
    sign("here", "localhost", "DNS:localhost,IP:127.0.0.1")
    sign("elsewhere", "example.org", "DNS:example.org")
    sign("client", "robot", "DNS:robot")
    sign("expired", "localhost", "DNS:localhost,IP:127.0.0.1", "-days", "-1")


def secured(mien):
    """TLS with an authority, a client certificate and a password; each of them wrong once."""
    import tempfile
    with tempfile.TemporaryDirectory() as folder:
        certificates(folder)
        path = lambda name: os.path.join(folder, name)
        with open(path("passwords"), "w", encoding="ascii") as file:
            file.write("robot:right secret\n")
        subprocess.run(["mosquitto_passwd", "-U", path("passwords")], check=True)
        for name, text in [("right", "right secret"), ("wrong", "wrong secret")]:
            with open(path(name), "w", encoding="ascii") as file:
                file.write(text + "\n")
            os.chmod(path(name), 0o600)

        def attempt(certificate, authority="ca.pem", client=True, password="right", environment=None):
            """What the robot says of its broker, and whether it is let in."""
            listener_port = free_port()
            broker = Mosquitto((
                "allow_anonymous false", f"password_file {path('passwords')}", f"cafile {path('ca.pem')}",
                f"certfile {path(certificate + '.pem')}", f"keyfile {path(certificate + '.key')}",
                "require_certificate true", f"listener {listener_port} 127.0.0.1"))
            options = ["--mqtt", f"mqtts://robot@localhost:{broker.port}", "--mqtt-ca", path(authority)]
            if password:
                options += ["--mqtt-password-file", path(password)]
            if client:
                options += ["--mqtt-cert", path("client.pem"), "--mqtt-key", path("client.key")]
            robot = Robot(mien, *options, environment=environment)
            try:
                deadline = time.monotonic() + 30
                said = ""
                while time.monotonic() < deadline and "mqtt:" not in said:
                    time.sleep(0.05)
                    said = robot.said()
                with open(f"/proc/{robot.process.pid}/cmdline", encoding="utf-8") as file:
                    shown = file.read()
                assert "secret" not in said + shown, "a password was shown"
                return "connected to mqtts" in said, next((line for line in said.splitlines() if "mqtt:" in line), "")
            finally:
                robot.close()
                broker.close()

        check(attempt("here")[0], "TLS with an authority, a client certificate and a password from a file")
        check(attempt("here", password=None, environment={"MIEN_MQTT_PASSWORD": "right secret"})[0],
              "or from the environment")
        for sentence, arguments in [
                ("another name's certificate", {"certificate": "elsewhere"}),
                ("an expired certificate", {"certificate": "expired"}),
                ("another authority", {"certificate": "here", "authority": "other.pem"}),
                ("no client certificate", {"certificate": "here", "client": False}),
                ("a wrong password", {"certificate": "here", "password": "wrong"})]:
            let_in, said = attempt(**arguments)
            check(not let_in and said, f"{sentence} is refused: {said.split('mqtt: ')[-1]}")


def main(mien):
    for part in [secured, full_disk, slow_consumer, stopped, cut, killed]:
        part(mien)


if __name__ == "__main__":
    main(sys.argv[1])
