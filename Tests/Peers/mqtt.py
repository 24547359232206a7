"""Independent clients on a robot's broker: paho, aiomqtt, mosquitto_sub; no code of Mien's is used.

usage: mqtt.py MIEN
Checks what a robot publishes against Documentation/mqtt.md, asks and commands it, brings it a face, and is hostile.
"""

import asyncio
import json
import os
import random
import re
import subprocess
import sys
import time

import aiomqtt
import cbor2
import paho.mqtt.client as paho
from jsonschema import Draft202012Validator
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from broker import Listener, Mosquitto, Quiet, Robot, checker

check = checker("mqtt")
ROOT = "mien/peer"


def documented():
    """The topics, their retained flags and their keys, as the documentation says them."""
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "..", "..", "Documentation", "mqtt.md"), encoding="utf-8") as file:
        page = file.read()
    rows = re.findall(r"^\| `([a-z/]+)` \| [^|]+ \| (yes|no) \| (\d) \|", page, re.M)
    keys = {}
    for name, body in re.findall(r"^\*\*`([a-z/]+)`\*\*[^\n]*\n\n((?:- .*\n)+)", page, re.M):
        keys[name] = re.findall(r"^- `([a-z0-9_]+)`", body, re.M)
    return {name: (retained == "yes", keys.get(name, [])) for name, retained, _ in rows}


def ask(listener, verb, payload, response="peers/answers", retain=False, seconds=30):
    """A command with MQTT 5's request and response."""
    properties = Properties(PacketTypes.PUBLISH)
    properties.ResponseTopic = response
    correlation = random.randbytes(8)
    properties.CorrelationData = correlation
    listener.forget()
    listener.client.publish(f"{ROOT}/command/{verb}", json.dumps(payload), 1, retain, properties)

    def answered(heard):
        message = heard.newest.get(response)
        return message is not None and getattr(message.properties, "CorrelationData", None) == correlation
    return json.loads(listener.newest[response].payload) if listener.wait(answered, seconds) else None


def what_is_published(broker, listener):
    table = documented()
    check(len(table) >= 13, f"the documentation names {len(table)} topics")
    quiet = Quiet()
    listener.forget()
    time.sleep(5)
    count = sum(message.topic == f"{ROOT}/face" for _, message in listener.heard)
    quiet.check(check, 45 <= count <= 55, f"face comes ten times a second ({count} in 5 s)")
    now = {name for name, (retained, _) in table.items() if not retained} - {"event", "log", "temperatures"}
    check(listener.wait(lambda heard: all(f"{ROOT}/{name}" in heard.newest for name in now), 30), "all topics come")
    for name in sorted(now):
        found = listener.json(f"{ROOT}/{name}")
        check(found is not None and list(found) == table[name][1], f"{name} has the documented keys, in order")
    face = listener.json(f"{ROOT}/face")
    check(len(face["coefficients"]) == 52 and len(face["landmarks"]) == 136, "52 coefficients and 68 landmarks")
    check(all(0 <= value <= 1 for value in face["landmarks"]), "landmarks lie on the square image")
    for name in ["face", "person", "actuators"]:
        plain = listener.json(f"{ROOT}/{name}")
        packed = cbor2.loads(listener.newest[f"{ROOT}/{name}/cbor"].payload)
        check(list(packed) == list(plain) and abs(packed["t_s"] - plain["t_s"]) < 1, f"{name} as CBOR has the same keys")
        kind = listener.newest[f"{ROOT}/{name}/cbor"].properties.ContentType
        check(kind == "application/cbor", "and says what it is")
    twins = {}
    for _, message in listener.heard:
        if message.topic in (f"{ROOT}/face", f"{ROOT}/face/cbor"):
            value = (cbor2.loads if message.topic.endswith("cbor") else json.loads)(message.payload)
            twins.setdefault(round(value["t_s"], 3), {})[message.topic] = value
    pairs = [list(pair.values()) for pair in twins.values() if len(pair) == 2]
    apart = max(abs(one["coefficients"][name] - other["coefficients"][name]) for one, other in pairs for name in one["coefficients"])
    check(len(pairs) > 10 and apart < 1e-4, f"and the same values: {len(pairs)} faces, {apart:.6f} apart at most")
    ratio = len(listener.newest[f"{ROOT}/face/cbor"].payload) / len(listener.newest[f"{ROOT}/face"].payload)
    print(f"mqtt: CBOR takes {ratio:.2f} of the JSON's bytes")

    late = Listener(broker.port, [f"{ROOT}/#", "homeassistant/#"])
    retained = [name for name, (is_retained, _) in table.items() if is_retained]
    topics = [f"{ROOT}/{name}" for name in retained] + ["homeassistant/device/mien_peer/config"]
    check(late.wait(lambda heard: all(topic in heard.newest for topic in topics), 30), "retained topics are")
    first = {}
    for _, message in late.heard:
        first.setdefault(message.topic, message)
    check(all(first[f"{ROOT}/{name}"].retain for name in retained), "and were there before their subscriber")
    check(first["homeassistant/device/mien_peer/config"].retain, "Home Assistant's device is retained")
    late.close()


def schemas(listener):
    """What the schemas refuse the robot refuses, and what they take it does not call malformed."""
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "..", "..", "Documentation", "mqtt-schema.json"), encoding="utf-8") as file:
        verbs = json.load(file)["$defs"]
    values = [0, 0.5, 99, -1, 1e9, "", "x", True, None, [1]]
    told = 0
    for verb in sorted(verbs.keys() - {"emergency_stop", "eval", "clear", "record_start", "record_stop"}):
        judge = Draft202012Validator(verbs[verb])
        names = list(verbs[verb]["properties"])
        good = {name: {"name": "nod", "file": "no-such", "text": "hello"}.get(name, 1)
                for name in verbs[verb]["required"]}
        payloads = [good, {}] + [{**good, name: value} for name in names for value in values] + [{**good, "strange": 1}]
        for payload in payloads[::3]:
            answer = ask(listener, verb, payload)
            code = (answer.get("error") or {}).get("code")
            isMalformed = code in ("not_an_object", "missing", "unknown_key", "wrong_kind", "out_of_range")
            if isMalformed == judge.is_valid(payload):
                check(False, f"{verb} {payload}: the robot says {answer}, its schema something else")
            told += 1
            time.sleep(0.02)
    check(told > 50, f"{told} payloads of {len(verbs)} verbs are taken or refused as the schemas say")
    listener.client.publish(f"{ROOT}/command/intensity", json.dumps({"value": 1}), 1)


def commands(listener):
    answer = ask(listener, "gesture", {"name": "nod", "strength": 99, "id": 5})
    check(answer and answer["id"] == 5 and answer["error"]["code"] == "out_of_range", "a wrong command is answered")
    check(listener.wait(lambda heard: heard.json(f"{ROOT}/command/gesture/result")), "on the result topic as well")
    check(ask(listener, "clear", {})["error"]["code"] == "not_allowed", "clear needs an operator's authority")
    check(ask(listener, "intensity", {"value": 0.5}) is not None, "a steering command is answered")
    check(ask(listener, "emergency_stop", {}) == {"ok": True}, "the emergency stop is taken")
    check(listener.wait(lambda heard: (heard.json(f"{ROOT}/state") or {}).get("emergency_stop"), 30), "and latched")
    def is_told(heard):
        event = heard.json(f"{ROOT}/event") or {}
        return event.get("event") == "emergency_stop" and event.get("cause") == "message"
    check(listener.wait(is_told, 30), "and an event with its cause")

    listener.forget()
    listener.client.publish(f"{ROOT}/command/intensity", json.dumps({"value": 0.1}), 1, True)
    time.sleep(0.5)
    check(f"{ROOT}/command/intensity/result" not in listener.newest, "a retained command is ignored")
    listener.client.publish(f"{ROOT}/command/intensity", None, 1, True)
    for topic in ["mien/other/command/clear", "homeassistant/light/x/set", "$SYS/x", "mien/peer/command/clear"]:
        check(ask(listener, "intensity", {"value": 0.5}, response=topic, seconds=3) is None, f"nothing is written to {topic}")


def other_clients(port):
    said = subprocess.run(
        ["mosquitto_sub", "-p", str(port), "-V", "mqttv311", "-C", "1", "-W", "30", "-t", f"{ROOT}/availability"],
        capture_output=True, text=True, timeout=40).stdout.strip()
    check(said == "online", "mosquitto_sub reads the availability over MQTT 3.1.1")

    async def converse():
        async with aiomqtt.Client("127.0.0.1", port) as client:
            await client.subscribe(f"{ROOT}/command/gesture/result")
            await client.publish(f"{ROOT}/command/gesture", json.dumps({"name": "", "id": "aio"}), qos=1)
            async for message in client.messages:
                return json.loads(message.payload)
    answer = asyncio.run(asyncio.wait_for(converse(), 30))
    check(answer["id"] == "aio" and answer["error"]["code"] == "out_of_range", "aiomqtt converses over MQTT 3.1.1")


def face_by_mqtt(listener, name, encode, opening):
    def jaw(heard):
        face = heard.json(f"{ROOT}/face")
        return face and abs(face["coefficients"]["jawOpen"] - opening) < 0.05
    payload = {"coefficients": {"jawOpen": opening, "mouthSmileLeft": 0.3}, "head_yaw_rad": 0.1, "voice": 1}
    stop = time.monotonic() + 30
    seen = False
    while time.monotonic() < stop and not seen:
        listener.client.publish(f"{ROOT}/sense/person", encode(payload))
        seen = listener.wait(jaw, 0.04)
    check(seen, f"a face that comes by MQTT as {name} is on the robot's face")
    check(listener.json(f"{ROOT}/person")["present"], "and in what it says of the person")
    check(listener.wait(lambda heard: not heard.json(f"{ROOT}/person")["present"], 30), "in silence nobody is there")


def conventions(listener):
    """Homie 5 by its convention's words, Sparkplug B through pysparkplug's protobuf."""
    root = "homie/5/peer"
    check(listener.wait(lambda heard: heard.newest.get(f"{root}/$state") is not None
                        and heard.newest[f"{root}/$state"].payload == b"ready", 30), "Homie: the device is ready")
    states = [message.payload for _, message in listener.heard if message.topic == f"{root}/$state"]
    order = [message.topic for _, message in listener.heard if message.topic.startswith(root)]
    check(states == [b"init", b"ready"] and order.index(f"{root}/$description") < len(order) - 1, "after init")
    described = {f"{node}/{name}": properties for node, body in listener.json(f"{root}/$description")["nodes"].items()
                 for name, properties in body["properties"].items()}
    values = {topic[len(root) + 1:] for topic in listener.newest
              if topic.startswith(root) and "$" not in topic and not topic.endswith("/set")}
    check(values <= set(described), "every value is described")
    for name in sorted(values):
        kind, text = described[name]["datatype"], listener.newest[f"{root}/{name}"].payload.decode()
        good = {"float": lambda: float(text) is not None, "integer": lambda: int(text) is not None,
                "boolean": lambda: text in ("true", "false"),
                "enum": lambda: text in described[name]["format"].split(",")}[kind]()
        check(good, f"{name} is of its kind ({kind}: {text})")

    from pysparkplug._protobuf import sparkplug_b_pb2

    def decoded(kind):
        payload = sparkplug_b_pb2.Payload()
        payload.ParseFromString(listener.newest[f"spBv1.0/Mien/{kind}/peer"].payload)
        return payload
    birth = decoded("NBIRTH")
    names = [metric.name for metric in birth.metrics]
    check(birth.seq == 0 and names[0] == "bdSeq" and "Node Control/Rebirth" in names, "Sparkplug: a birth certificate")
    check(birth.metrics[0].datatype == 4 and birth.metrics[0].long_value == 0, "with the first bdSeq")
    listener.forget()
    order = sparkplug_b_pb2.Payload(timestamp=int(time.time() * 1000))
    metric = order.metrics.add(name="Node Control/Rebirth", datatype=11)
    metric.boolean_value = True
    listener.client.publish("spBv1.0/Mien/NCMD/peer", order.SerializeToString())
    check(listener.wait(lambda heard: "spBv1.0/Mien/NBIRTH/peer" in heard.newest, 30), "and another when asked")
    check(decoded("NBIRTH").seq == 0 and decoded("NBIRTH").metrics[0].long_value == 0, "of the same connection")


def hostile(port, robot, listener):
    generator, quiet = random.Random(3), Quiet()
    before = listener.json(f"{ROOT}/scheduler")
    size = robot.resident_kb()
    clients = []
    for _ in range(10):
        client = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        client.connect("127.0.0.1", port)
        client.loop_start()
        clients.append(client)
    verbs = ["gesture", "clear", "emergency_stop", "intensity", "say", "script_start", "eval", "nonsense", "x" * 500]
    count = 100_000 if os.environ.get("MIEN_SOAK") == "1" else 20_000
    for number in range(count):
        client = generator.choice(clients)
        kind = generator.randrange(6)
        topic = f"{ROOT}/command/{generator.choice(verbs)}"
        if kind == 0:
            payload = generator.randbytes(generator.randrange(200))
        elif kind == 1:
            payload = b"[" * generator.randrange(5000)
        elif kind == 2 and number % 50 == 0:
            payload = b"x" * generator.choice([70_000, 200_000, 300_000])
        elif kind == 3:
            topic, payload = f"{ROOT}/availability", b"offline"
        elif kind == 4:
            topic, payload = f"{ROOT}/sense/person", json.dumps({"coefficients": {"jawOpen": generator.random()}})
        else:
            payload = json.dumps({"name": "x", "value": generator.random(), "text": "y"})
        client.publish(topic, payload, 0)
    listener.forget()
    time.sleep(3)
    for client in clients:
        client.disconnect()
        client.loop_stop()
    time.sleep(1.5)
    needed = [f"{ROOT}/scheduler", f"{ROOT}/bridge"]
    check(listener.wait(lambda heard: all(topic in heard.newest for topic in needed), 30), "figures come after a flood")
    check(robot.process.poll() is None, f"{count} hostile messages did not end it")
    after = listener.json(f"{ROOT}/scheduler")
    late = after["skipped"] - before["skipped"]
    check(after["violations"] == 0, "no limit was violated")
    quiet.check(check, late <= 2, f"the control tick did not notice ({late} periods skipped)")
    grown = robot.resident_kb() - size
    check(grown < 20_000, f"nothing grew ({grown} kB)")
    bridge = listener.json(f"{ROOT}/bridge")
    check(bridge["flooded"] > 0 and bridge["refused"] > 0 and bridge["connects"] == 1, "the bridge counted, and stayed")
    late = Listener(port, [f"{ROOT}/availability"])
    check(late.wait(lambda heard: f"{ROOT}/availability" in heard.newest
                    and heard.newest[f"{ROOT}/availability"].payload == b"online", 30), "it is online")
    late.close()
    check(ask(listener, "gesture", {}) is not None, "and it answers")


def main(mien):
    broker = Mosquitto()
    early = Listener(broker.port, [])
    early.client.publish(f"{ROOT}/command/emergency_stop", "{}", 1, True).wait_for_publish(5)
    early.close()
    robot = Robot(
        mien, "--mqtt", f"mqtt://127.0.0.1:{broker.port}", "--person", "mqtt", "--mqtt-encoding", "both",
        "--homie", "--sparkplug")
    try:
        listener = Listener(broker.port)
        check(listener.wait(lambda heard: f"{ROOT}/bridge" in heard.newest, 30), "the robot joins the broker")
        time.sleep(0.5)
        check(listener.json(f"{ROOT}/state")["emergency_stop"] is False, "yesterday's emergency stop is not today's")
        conventions(listener)
        what_is_published(broker, listener)
        other_clients(broker.port)
        face_by_mqtt(listener, "JSON", json.dumps, 0.6)
        face_by_mqtt(listener, "CBOR", cbor2.dumps, 0.35)
        schemas(listener)
        commands(listener)
        hostile(broker.port, robot, listener)
        listener.forget()
        summary = robot.end()
        check(summary["limits"]["violations"] == 0, "no limit was violated")
        check(listener.wait(lambda heard: heard.newest.get(f"{ROOT}/availability") is not None, 30)
              and listener.newest[f"{ROOT}/availability"].payload == b"offline", "leaving, it says offline")
        listener.close()
    except BaseException:
        print(robot.said(), file=sys.stderr)
        raise
    finally:
        robot.close()
        broker.close()


if __name__ == "__main__":
    main(sys.argv[1])
