"""A mosquitto and a `mien run` for the checks of MQTT: started on free ports of loopback, ended with the check."""

import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time

import paho.mqtt.client as paho


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Mosquitto:
    """A real mosquitto whose port stays its own over deaths and returns."""

    def __init__(self, lines=("allow_anonymous true",), tls=False, preexec=None):
        self.folder = tempfile.TemporaryDirectory(prefix="mien-peer-broker-")
        self.port = free_port()
        self.preexec = preexec
        with open(self.path("mosquitto.conf"), "w", encoding="utf-8") as file:
            text = "\n".join(["user root" if os.geteuid() == 0 else "", "log_dest none", "set_tcp_nodelay true",
                              f"listener {self.port} 127.0.0.1", *lines])
            file.write(text.replace("FOLDER", self.folder.name) + "\n")
        self.tls = tls
        self.start()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def start(self):
        self.process = subprocess.Popen(
            ["mosquitto", "-c", self.path("mosquitto.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=self.preexec, env=dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin"))
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.002)
        raise SystemExit("mqtt: FAILED: mosquitto did not start")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def signal(self, number):
        self.process.send_signal(number)

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
        self.folder.cleanup()


class Robot:
    """A `mien run` without models into a simulated face."""

    def __init__(self, mien, *options, environment=None, name="peer", models="none"):
        self.folder = tempfile.TemporaryDirectory(prefix="mien-peer-")
        self.log = os.path.join(self.folder.name, "log")
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [mien, "run", "--models", models, "--name", name, "--json", *options],
                env=dict(os.environ, XDG_RUNTIME_DIR=self.folder.name, **(environment or {})),
                stdout=subprocess.PIPE, stderr=log, start_new_session=True)

    def said(self):
        """All that it said so far; read by a file of its own, as a shared one has one place for both to go on from."""
        with open(self.log, encoding="utf-8") as log:
            return log.read()

    def resident_kb(self):
        """Memory of its own; the pages of its file, which come as they are first run, left out."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("RssAnon"))

    def open_files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def end(self):
        """Ends it politely and gives back its summary."""
        self.process.terminate()
        return json.loads(self.process.communicate(timeout=20)[0])

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.folder.cleanup()


class Listener:
    """A paho client that keeps the newest of each topic and everything it heard."""

    def __init__(self, port, filters=("#",), protocol=paho.MQTTv5, keep=True, setup=None):
        self.newest, self.heard, self.keep = {}, [], keep
        self.condition = threading.Condition()
        self.client = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=protocol)
        self.filters = filters
        self.client.on_connect = lambda client, *_: [client.subscribe(name, 0) for name in self.filters]
        self.client.on_message = self.take
        if setup:
            setup(self.client)
        self.client.connect("127.0.0.1", port, 30)
        self.client.loop_start()

    def take(self, _client, _data, message):
        with self.condition:
            self.newest[message.topic] = message
            if self.keep:
                self.heard.append((time.monotonic(), message))
            self.condition.notify_all()

    def wait(self, condition, seconds=10):
        """Whether something becomes true of what was heard."""
        with self.condition:
            return self.condition.wait_for(lambda: condition(self), seconds)

    def json(self, topic):
        message = self.newest.get(topic)
        return json.loads(message.payload) if message else None

    def forget(self):
        with self.condition:
            self.newest, self.heard = {}, []

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


def checker(name):
    def check(condition, sentence):
        if not condition:
            raise SystemExit(f"{name}: FAILED: {sentence}")
        print(f"{name}: {sentence}", flush=True)
    return check


class Quiet:
    """Whether this machine leaves time enough for a figure to say something of the robot rather than of the machine.

    A thread of its own sleeps for 5 ms again and again and notes how late it wakes; a figure that misses its mark is an
    error only where nothing else kept the processors."""

    stall = 0.02

    def __init__(self):
        self.late = []
        threading.Thread(target=self.measure, daemon=True).start()

    def measure(self):
        while True:
            began = time.monotonic()
            time.sleep(0.005)
            self.late.append(time.monotonic() - began - 0.005)

    def busy(self):
        """Why nothing can be said, or nothing; asked anew from here on."""
        late, self.late = max(self.late, default=0), []
        load, cores = os.getloadavg()[0], len(os.sched_getaffinity(0))
        if late > self.stall or load > cores * 0.75:
            return f"other work kept the processors: load {load:.1f} on {cores}, woken {late * 1000:.0f} ms late"
        return None

    def check(self, check, condition, sentence):
        why = self.busy()
        if condition or why is None:
            check(condition, sentence)
        else:
            print(f"not judged ({why}): {sentence}", flush=True)
