"""Three mosquittos as Documentation/mosquitto-cluster has them: a core and two edges, joined by bridges over TLS.

usage: mqtt_cluster.py MIEN
Only ports, folders and the core's name are put in place of the documented ones. Robots are at the edges, and whoever
watches, steers and records at the core.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

import paho.mqtt.client as paho

from broker import Listener, Mosquitto, Robot, checker, free_port

check = checker("mqtt_cluster")
HERE = os.path.dirname(os.path.abspath(__file__))
FILES = os.path.join(HERE, "..", "..", "Documentation")
SECRET = "a secret of this test"


class Documented(Mosquitto):
    """A broker by one of the documentation's files."""

    def __init__(self, folder, name, port, replaced):
        self.port, self.name = port, f"{name}-{port}.conf"
        self.folder, self.preexec, self.tls = folder, None, False
        with open(os.path.join(FILES, "mosquitto-cluster", f"{name}.conf"), encoding="utf-8") as file:
            text = file.read()
        for before, after in {**replaced, "/etc/mosquitto/": folder.name + "/"}.items():
            assert before in text, f"{name}.conf has no {before}"
            text = text.replace(before, after)
        user = "user root\n" if os.geteuid() == 0 else ""
        with open(self.path("mosquitto.conf"), "w", encoding="utf-8") as file:
            file.write(user + "log_dest none\n" + text)
        os.rename(self.path("mosquitto.conf"), self.path(self.name))
        self.start()

    def path(self, name):
        return os.path.join(self.folder.name, self.name if name == "mosquitto.conf" and os.path.exists(
            os.path.join(self.folder.name, self.name)) else name)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def wait_for(port):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)


def certificates(folder):
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Mien test", "-keyout", "ca.key",
            "-out", "ca.pem")
    for name in ["core", "floor1", "floor2"]:
        subject = "localhost" if name == "core" else name
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={subject}", "-keyout", f"{name}.key", "-out",
                f"{name}.csr")
        with open(os.path.join(folder, "names"), "w", encoding="ascii") as file:
            file.write(f"subjectAltName=DNS:{subject}")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
                "-out", f"{name}.pem", "-extfile", "names")


def passwords(folder):
    path = os.path.join(folder, "passwords")
    with open(path, "w", encoding="ascii") as file:
        file.writelines(f"{user}:{SECRET}\n" for user in ["robot", "operator", "viewer"])
    subprocess.run(["mosquitto_passwd", "-U", path], check=True)
    with open(os.path.join(folder, "robot.password"), "w", encoding="ascii") as file:
        file.write(SECRET + "\n")
    os.chmod(os.path.join(folder, "robot.password"), 0o600)


def at_core(folder, port, user, filters):
    """Somebody at the core's websocket listener, with TLS and a password."""
    wait_for(port)
    listener = Listener.__new__(Listener)
    listener.newest, listener.heard, listener.keep = {}, [], True
    listener.condition = threading.Condition()
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5, transport="websockets")
    client.tls_set(os.path.join(folder, "ca.pem"))
    client.username_pw_set(user, SECRET)
    listener.client, listener.filters = client, filters
    joined = threading.Event()
    client.on_connect = lambda client, *_: [client.subscribe(name, 1) for name in filters]
    client.on_subscribe = lambda *_: joined.set()
    client.on_message = listener.take
    client.connect("localhost", port, 30)
    client.loop_start()
    check(joined.wait(30), f"{user} joins the core over TLS and websockets")
    return listener


def main(mien):
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        certificates(name)
        passwords(name)
        for file in ["mosquitto-acl.conf", "mosquitto-cluster/core-acl.conf"]:
            with open(os.path.join(FILES, file), encoding="utf-8") as source:
                with open(os.path.join(name, os.path.basename(file)), "w", encoding="utf-8") as target:
                    target.write(source.read())
        os.mkdir(os.path.join(name, "core"))
        folder = type("Folder", (), {"name": name})()
        ports = [free_port() for _ in range(4)]
        core = Documented(folder, "core", ports[0], {
            "listener 8883": f"listener {ports[0]} 127.0.0.1", "listener 9001": f"listener {ports[1]} 127.0.0.1",
            "/var/lib/mosquitto/": f"{name}/core/"})
        edges = [Documented(folder, "edge", ports[number + 1], {
            "listener 1883": f"listener {ports[number + 1]} 127.0.0.1", "floor1": f"floor{number}",
            "core.example.org:8883": f"localhost:{ports[0]}"}) for number in [1, 2]]
        secret = os.path.join(name, "robot.password")
        urls = [f"mqtt://robot@127.0.0.1:{edge.port}" for edge in edges]
        robot = Robot(mien, "--mqtt", urls[0], "--mqtt-password-file", secret)
        fleet = subprocess.Popen(
            [mien, "fleet", "--robots", "5", "--mqtt", urls[1], "--mqtt-password-file", secret, "--seconds", "1000"],
            stdout=subprocess.DEVNULL)
        try:
            watch(name, ports[1])
            shared(name, ports[1], edges)
            fleet.terminate()
            fleet.wait(30)
            gone(name, ports[1], edges, robot)
        finally:
            fleet.kill()
            fleet.wait()
            robot.close()
            for broker in [core, *edges]:
                broker.close()


def watch(folder, port):
    """All robots are seen at the core, and steered from there."""
    operator = at_core(folder, port, "operator", ["mien/#", "homeassistant/#"])
    robots = ["peer"] + [f"fleet-{number}" for number in range(5)]
    needed = [f"mien/{robot}/{topic}" for robot in robots for topic in ["availability", "state", "scheduler"]]
    needed += [f"homeassistant/device/mien_{robot}/config" for robot in robots]
    check(operator.wait(lambda heard: all(topic in heard.newest for topic in needed), 60),
          f"{len(robots)} robots of two edges are seen at the core, Home Assistant's devices too")
    check(all(operator.newest[f"mien/{robot}/availability"].payload == b"online" for robot in robots), "all online")
    often = [topic for topic in operator.newest if topic.split("/")[-1] in ("face", "person", "actuators")]
    check(often == [], "what comes ten times a second stays at the edges")
    for robot in robots:
        answer = f"mien/{robot}/response/operator"
        properties = paho.Properties(paho.PacketTypes.PUBLISH)
        properties.ResponseTopic, properties.CorrelationData = answer, robot.encode()
        operator.client.publish(f"mien/{robot}/command/emergency_stop", json.dumps({"id": robot}), 1, properties=properties)
        check(operator.wait(lambda heard, answer=answer: answer in heard.newest, 30), f"{robot} answers the core")
        message = operator.newest[answer]
        check(json.loads(message.payload)["ok"] is True and message.properties.CorrelationData == robot.encode(),
              "with the correlation data of the request")
    check(operator.wait(lambda heard: heard.json("mien/peer/state")["emergency_stop"], 30), "and stops")
    operator.close()


def shared(folder, port, edges):
    """Two recorders share the events of all edges: each goes to one of them."""
    recorders = [at_core(folder, port, "viewer", ["$share/recorders/mien/+/event"]) for _ in range(2)]
    sources = [Listener(edge.port, [], setup=lambda client: client.username_pw_set("robot", SECRET)) for edge in edges]
    count = 100
    for number in range(count):
        for place, source in enumerate(sources):
            source.client.publish(f"mien/shared-{place}/event", json.dumps({"event": "test", "seconds": number}), 1)

    def taken():
        return [{(message.topic, message.payload) for _, message in recorder.heard if b'"test"' in message.payload}
                for recorder in recorders]
    deadline = time.monotonic() + 30
    while sum(map(len, taken())) < 2 * count and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1)
    one, other = taken()
    check(len(one | other) == 2 * count and not one & other, f"{2 * count} events are shared, each taken once")
    check(min(len(one), len(other)) > 0.2 * count, f"by both recorders ({len(one)} and {len(other)})")
    for client in recorders + sources:
        client.close()


def gone(folder, port, edges, robot):
    """A dead robot is offline at the core; a dead edge comes back with its robots."""
    viewer = at_core(folder, port, "viewer", ["mien/+/availability", "mien/+/state"])

    def says(word):
        return lambda heard: "mien/peer/availability" in heard.newest and heard.newest["mien/peer/availability"].payload == word
    check(viewer.wait(says(b"online"), 30), "who comes late finds what is retained at the core")
    viewer.forget()
    edges[0].kill()
    time.sleep(1)
    edges[0].start()
    check(viewer.wait(lambda heard: says(b"online")(heard) and "mien/peer/state" in heard.newest, 30),
          "an edge that was killed comes back with its robot")
    robot.process.kill()
    check(viewer.wait(says(b"offline"), 30), "a killed robot is offline at the core")
    viewer.close()


if __name__ == "__main__":
    main(sys.argv[1])
