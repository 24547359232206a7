"""Drives the dashboard in a real headless Chromium, over a real mosquitto.

usage: dashboard.py [MIEN] [--output FOLDER] [--picture FILE] [--robots N]
The page is served by Python's own web server and shows a robot that is not there (pretend_robot.py), which speaks
Documentation/mqtt.md from the description alone. Needs chromium and mosquitto, and requirements-dashboard.txt.
"""

import argparse
import atexit
import contextlib
import functools
import http.server
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(__file__))
import paho.mqtt.client as mqtt  # noqa: E402
import pretend_robot  # noqa: E402
from mqtt_faults import certificates  # noqa: E402
import playwright.sync_api as playwright_errors  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Seconds that anything may take on a machine that has other work; whatever is waited for ends the wait.
PATIENCE = 30
CHROMIUM = ["chromium", "chromium-browser", "google-chrome"]


def check(condition, sentence):
    if not condition:
        raise SystemExit(f"dashboard: FAILED: {sentence}")
    print(f"dashboard: {sentence}", flush=True)


def wait_until(condition, sentence):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if condition():
            return check(True, sentence)
        time.sleep(0.05)
    check(False, sentence)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Broker:
    """A mosquitto on loopback with a plain and a websocket listener."""

    def __init__(self, folder):
        self.port, self.web_port = free_port(), free_port()
        self.file = pathlib.Path(folder) / "mosquitto.conf"
        self.file.write_text(
            f"listener {self.port} 127.0.0.1\nlistener {self.web_port} 127.0.0.1\nprotocol websockets\n"
            "allow_anonymous true\nset_tcp_nodelay true\n")
        self.process = None
        self.start()

    @property
    def url(self):
        return f"ws://127.0.0.1:{self.web_port}"

    def start(self):
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        self.process = subprocess.Popen(
            [program, "-c", str(self.file)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        atexit.register(self.process.kill)
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        raise SystemExit("dashboard: FAILED: mosquitto does not start")

    def client(self):
        """A connected paho client with its thread running."""
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        client.connect("127.0.0.1", self.port)
        client.loop_start()
        while not client.is_connected():
            time.sleep(0.02)
        return client

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def serve_page():
    """Any web server will do: this one is Python's."""
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(QuietHandler, directory=str(ROOT / "Dashboard")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}/"


class Visit:
    """A page in a browser, and everything that it complained about."""

    def __init__(self, browser, url, width=1400, height=1000, **options):
        self.context = browser.new_context(viewport={"width": width, "height": height}, **options)
        self.page = self.context.new_page()
        self.complaints = []
        self.page.on("console", self.hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(url)

    def hear(self, message):
        # Reading canvases back is this test's doing, not the page's.
        if message.type in ("error", "warning") and "getImageData" not in message.text:
            self.complaints.append(message.text)

    def text(self, selector):
        return self.page.locator(selector).first.inner_text()

    def wait(self, condition, sentence):
        """Waits until a JavaScript expression holds."""
        if self.holds(condition):
            return check(True, sentence)
        self.page.screenshot(path="/tmp/mien-dashboard-failed.png")
        check(False, f"{sentence} (see /tmp/mien-dashboard-failed.png; complaints: {self.complaints})")

    def holds(self, condition, seconds=PATIENCE):
        # Asked from outside: Playwright's own wait evaluates in the page, which the page's policy forbids, as it should.
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with contextlib.suppress(playwright_errors.Error):
                if self.page.evaluate(f"Boolean({condition})"):
                    return True
            time.sleep(0.05)
        return False

    def close(self):
        self.context.close()


def connection_is(text):
    return f"document.querySelector('#connection').textContent === {json.dumps(text)}"


def canvas_sum(selector):
    """How much of a canvas is painted."""
    return (
        f"(() => {{ const c = document.querySelector('{selector}'); "
        "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; "
        "let s = 0; for (let i = 3; i < d.length; i += 4) s += d[i] > 0; return s / (c.width * c.height); })()")


def test_packets(visit):
    """The MQTT codec against the standard's own examples and a broker's worst."""
    results = visit.page.evaluate("""async () => {
        const { Encoder, Decoder, Malformed, Kind } = await import('./mqtt/packet.js');
        const hex = (bytes) => [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('');
        const five = new Encoder(5);
        const lengths = [0, 127 - 4, 128 - 4, 16383 - 4, 16384 - 4].map((size) => {
          const bytes = five.publish({ topic: 'a', payload: new Uint8Array(size) });
          return hex(bytes.slice(1, 5));
        });
        // A publish in the standard's form, one byte at a time, twice.
        const wire = five.publish({ topic: 'mien/x/face', payload: new TextEncoder().encode('{}'), qos: 1, id: 10,
          properties: { responseTopic: 'r', correlationData: new Uint8Array([1, 2]) } });
        const decoder = new Decoder(5);
        const packets = [...wire, ...wire].flatMap((byte) => decoder.decode(new Uint8Array([byte])));
        const refused = (bytes, level = 5) => {
          try { new Decoder(level).decode(new Uint8Array(bytes)); return false; } catch (e) { return e instanceof Malformed; }
        };
        return {
          connect: hex(new Encoder(4).connect({ clientId: 'a', keepAlive: 10 })),
          subscribe: hex(new Encoder(4).subscribe(10, [{ filter: 'a/b', qos: 1 }, { filter: 'c/d', qos: 2 }])),
          lengths, packets: packets.map((p) => [p.kind === Kind.publish, p.topic, p.id, p.properties.responseTopic,
            hex(p.properties.correlationData), hex(p.payload)]),
          refused: [
            refused([0x30, 0xff, 0xff, 0xff, 0xff, 0x01]), refused([0x30, 0x01, 0x00]), refused([0x30, 0x03, 0x00, 0x09, 0x61]),
            refused([0x30, 0x05, 0x00, 0x01, 0x61, 0x01, 0x77]), refused([0xf0, 0x00]), refused([0x30, 0xff, 0xff, 0xff, 0x7f]),
            refused([0x30, 0x04, 0x00, 0x02, 0xff, 0xff], 4)],
        };
    }""")
    cbor = visit.page.evaluate("""async () => {
        const { decodeCBOR } = await import('./cbor.js');
        const bytes = (text) => new Uint8Array(text.match(/../g).map((each) => parseInt(each, 16)));
        return [
          ['00', '1864', '1a000f4240', '3903e7', 'f90000', 'f93c00', 'f97bff', 'f90001', 'fa47c35000', 'fb3ff199999999999a',
           'f4', 'f6', '6449455446', '83010203', 'a26161016162820203', 'a0'].map((text) => decodeCBOR(bytes(text))),
          ['', '18', '9f01ff', '83ff', '62ff', '62fffe', 'c074', 'bb00ffffffffffffff', '0000', '81'.repeat(1000) + '00']
            .map((text) => decodeCBOR(bytes(text || '18')) === undefined)];
    }""")
    # RFC 8949, appendix A.
    check(
        cbor[0] == [0, 100, 1000000, -1000, 0, 1, 65504, 5.960464477539063e-8, 100000, 1.1, False, None, "IETF", [1, 2, 3],
                    {"a": 1, "b": [2, 3]}, {}],
        "CBOR is read as RFC 8949 writes it")
    check(all(cbor[1]), "and what is not is refused")
    # MQTT 3.1.1 figure 3.6 (CONNECT's variable header) and figure 3.23 (SUBSCRIBE's payload).
    check(results["connect"] == "100d00044d5154540402000a000161", "CONNECT is as the standard writes it")
    check(results["subscribe"] == "820e000a0003612f6201" + "0003632f6402", "SUBSCRIBE is as the standard writes it")
    # MQTT 3.1.1 table 2.4: the sizes at which a length takes another byte.
    starts = [length[:n] for length, n in zip(results["lengths"], (2, 2, 4, 4, 6))]
    check(starts == ["04", "7f", "8001", "ff7f", "808001"], "lengths grow by a byte where the standard says")
    check(
        results["packets"] == [[True, "mien/x/face", 10, "r", "0102", "7b7d"]] * 2,
        "packets that come byte by byte are put together")
    check(all(results["refused"]), "seven malformed packets are refused")


def test_shows(visit, robot):
    visit.wait(connection_is("online"), "the page loads and finds its robot online")
    visit.wait(f"{canvas_sum('.robot-face')} > 0.1", "the robot's face is drawn")
    visit.wait(f"{canvas_sum('.person-face')} > 0.1", "the person's face is drawn beside it")
    count = len(pretend_robot.ACTUATORS)
    visit.wait(f"document.querySelectorAll('.bars li').length === {count}", f"{count} servos have a bar each")
    before = visit.text(".bars .value")
    visit.wait(
        f"document.querySelector('.bars .value').textContent !== {json.dumps(before)}", "the servos' values change")
    visit.wait("document.querySelectorAll('.weights li').length === 3", "three layers show their weights")
    check("greeting" in visit.text(".drivers"), "who drives each part is named")
    visit.wait("document.querySelector('.plots canvas').getAttribute('aria-label').includes('median')",
               "tick lateness is plotted, and said in words")
    check("name is nil" in visit.text(".script-list"), "a script's error is shown")
    sides = visit.page.locator("meta[name=viewport]").count()
    check(sides == 1, "the page says that it fits a phone")


def answer_of(visit, sentence):
    visit.wait("document.querySelector('#said').textContent !== ''", sentence)
    return visit.text("#said")


def quiet(visit):
    visit.page.evaluate("document.querySelector('#said').textContent = ''")


def test_steers(visit, robot):
    quiet(visit)
    visit.page.get_by_role("button", name="nod", exact=True).click()
    check(answer_of(visit, "a gesture's button is answered") == "played nod", "the answer came back by correlation data")
    check(robot.commands[-1][0] == "gesture" and robot.commands[-1][1]["name"] == "nod", "the robot had the gesture")
    visit.wait("document.querySelector('.event-list').textContent.includes('gesture: name nod')", "its event is listed")
    quiet(visit)
    visit.page.fill("#gesture", "dance the polka")
    visit.page.press("#gesture", "Enter")
    check("no gesture named" in answer_of(visit, "a refused command is said"), "with the robot's own sentence")
    quiet(visit)
    visit.page.get_by_role("button", name="Stop 04_greeting").click()
    visit.wait("document.querySelector('.script-list .state-stopped') !== null", "a script is stopped from its button")
    visit.page.get_by_role("button", name="Reload 12_remember").click()
    visit.wait("document.querySelector('.script-list .state-failed') === null", "a failed one is loaded anew")
    visit.page.select_option("#mode", "neutral")
    wait_until(lambda: robot.mode == "neutral", "the mode is chosen")
    visit.page.select_option("#parameter", "mirror_gain")
    visit.page.fill("#parameter-value", "0.25")
    visit.page.press("#parameter-value", "Enter")
    wait_until(lambda: ("mirror_gain", 0.25) in [(each.get("name"), each.get("value")) for _, each in robot.commands],
               "a parameter is set")
    visit.page.get_by_role("button", name="Record", exact=True).click()
    visit.wait("document.querySelector('.recording.on')?.textContent.startsWith('pretend_')", "a recording is begun, and named")
    visit.page.get_by_role("button", name="End", exact=True).click()
    visit.wait("document.querySelector('.recording').textContent === 'off'", "and ended")
    visit.page.locator("#intensity").focus()
    for _ in range(4):
        visit.page.keyboard.press("ArrowLeft")
    wait_until(lambda: abs(robot.intensity - 0.8) < 1e-6, "the intensity is set with the arrow keys")


def test_stops(visit, robot):
    visit.page.keyboard.press("Escape")
    wait_until(lambda: robot.stop_cause == "message", "Escape presses the emergency stop")
    visit.wait("!document.querySelector('#latched').hidden", "the page says that it is latched")
    visit.page.reload()
    visit.wait("!document.querySelector('#latched').hidden", "it is latched still after a reload")
    visit.page.click("#clear-button")
    time.sleep(0.3)
    check(robot.stop_cause == "message", "one press does not clear it")
    visit.page.click("#clear-button")
    visit.wait("document.querySelector('#latched').hidden", "a second press clears it")
    check(robot.stop_cause is None, "the robot let go")
    button = visit.page.locator("#stop-button").bounding_box()
    visit.page.mouse.wheel(0, 4000)
    time.sleep(0.3)
    check(visit.page.locator("#stop-button").bounding_box() == button, "the stop stays in reach when the page is scrolled")
    visit.page.evaluate("scrollTo(0, 0)")


def test_comes_back(visit, robot, broker):
    check(visit.complaints == [], f"no console error so far {visit.complaints or ''}")
    broker.kill()
    visit.wait(connection_is("reconnecting"), "a broker killed with -9 is noticed")
    check("commands do not go through" in visit.text("#notice"), "the page says so")
    quiet(visit)
    visit.page.keyboard.press("Escape")
    check("not connected" in answer_of(visit, "a stop pressed meanwhile is not swallowed"), "it fails loudly")
    time.sleep(1)
    broker.start()
    began = time.monotonic()
    visit.wait(connection_is("online"), "the page comes back by itself")
    print(f"dashboard: online {time.monotonic() - began:.2f} s after the broker's return", flush=True)
    check(robot.stop_cause is None, "what was pressed while the broker was away is not carried out late")
    before = visit.text(".bars .value")
    visit.wait(f"document.querySelector('.bars .value').textContent !== {json.dumps(before)}", "values change again")
    strange = [text for text in visit.complaints if "WebSocket connection" not in text]
    check(strange == [], f"Chromium complained of nothing but the lost line {strange or ''}")
    visit.complaints.clear()


def test_old_broker(browser, url):
    """A broker that knows 3.1.1 alone, in front of the real one."""
    context = browser.new_context()
    page = context.new_page()
    levels = []

    def line(client):
        state = {"server": None}

        def from_page(message):
            if state["server"] is None:
                levels.append(message[8])
                if message[8] == 5:
                    client.send(bytes([0x20, 0x02, 0x00, 0x01]))
                    return
                state["server"] = client.connect_to_server()
            state["server"].send(message)

        client.on_message(from_page)

    page.route_web_socket(lambda _: True, line)
    page.goto(url)
    page.wait_for_function(connection_is("online"), timeout=PATIENCE * 1000)
    check(levels[:2] == [5, 4], "a broker that refuses MQTT 5 is spoken to in 3.1.1")
    page.get_by_role("button", name="wink", exact=True).click()
    page.wait_for_function("document.querySelector('#said').textContent === 'played wink'", timeout=PATIENCE * 1000)
    check(True, "a command is answered there by its id")
    context.close()


def test_untrusted(visit, broker, robot):
    """A hostile client on the broker; the page goes on."""
    client = broker.client()
    nested = "[" * 100000 + "]" * 100000
    for part in ("face", "person", "actuators", "actuators/info", "scheduler", "scripts", "layers", "event", "log", "state", "info"):
        for payload in ("", "{", "null", "[]", "7", '"x"', nested, b"\xff\xfe", '{"landmarks":[1e999,"a"]}', '{"actuators":7}',
                        '{"scripts":[{"name":{"a":1}}],"layers":[[]],"drivers":[3]}', "x" * 200000,
                        '{"event":"<img src=x onerror=alert(1)>","message":"<script>alert(1)</script>"}'):
            client.publish(robot.topic(part), payload, 0)
    client.publish("mien//state", "{}")
    client.publish("mien/pretend/response/nobody", "{", 1).wait_for_publish(10)
    client.disconnect()
    client.loop_stop()
    visit.wait("document.querySelector('.event-list').textContent.includes('<img src=x')", "its event is listed")
    check(visit.page.locator(".event-list img").count() == 0, "markup in a message stays text")
    robot.greet(robot.client)
    before = visit.text(".bars .value")
    visit.wait(f"document.querySelector('.bars .value').textContent !== {json.dumps(before)}",
               "after a hostile client's worst the page goes on")
    check(visit.complaints == [], f"and complained of nothing {visit.complaints[:3] or ''}")


def test_reachable(visit, browser, url, output):
    """Keyboard, phone, dark, and axe's rules for all."""
    from axe_playwright_python.sync_playwright import Axe
    reached = set()
    visit.page.evaluate("document.activeElement.blur()")
    for _ in range(60):
        visit.page.keyboard.press("Tab")
        reached.add(visit.page.evaluate("document.activeElement.id || document.activeElement.textContent.slice(0, 20)"))
    wanted = {"stop-button", "theme", "intensity", "gesture", "expression", "say", "script-file", "nod"}
    check(wanted <= reached, f"Tab reaches every control {sorted(wanted - reached) or ''}")
    for name, width, height, scheme in (
            ("light", 1500, 1060, "light"), ("dark", 1500, 1060, "dark"), ("phone", 360, 780, "light"),
            ("phone-dark", 360, 780, "dark")):
        each = Visit(browser, url, width, height, color_scheme=scheme, has_touch="phone" in name)
        each.wait(connection_is("online"), f"{name}: it is online")
        each.wait(f"{canvas_sum('.robot-face')} > 0.1", f"{name}: the face is drawn")
        time.sleep(3.5)
        each.page.screenshot(path=output / f"{name}.png")
        wide = each.page.evaluate("document.documentElement.scrollWidth")
        check(wide <= width, f"{name}: nothing is wider than the screen of {width} px")
        found = Axe().run(each.page).response["violations"]
        for violation in found:
            print(violation["id"], violation["help"], [node["html"][:160] for node in violation["nodes"][:3]])
        check(not found, f"{name}: axe finds no accessibility rule broken")
        check(each.complaints == [], f"{name}: no console error {each.complaints or ''}")
        each.close()


def test_wall(browser, page_url, broker, output, count):
    """A wall of many: light robots that say their state once a second."""
    client = broker.client()
    faces = pretend_robot.still_face()
    done = threading.Event()

    def crowd():
        second = 0
        while not done.is_set():
            for k in range(count):
                name = f"mien/crowd-{k}"
                if second == 0:
                    client.publish(f"{name}/availability", "online", 1, True)
                client.publish(f"{name}/state", json.dumps({
                    "t_s": second, "driver": "idle", "emergency_stop": k == 7, "emergency_stop_cause": "message",
                    "person_present": k % 3 == 0, "late_ticks": 0, "violations": 0}), 0, second == 0)
                client.publish(f"{name}/face", json.dumps({"t_s": second, "coefficients": {}, "landmarks": faces}))
            second += 1
            done.wait(1)

    thread = threading.Thread(target=crowd, daemon=True)
    thread.start()
    visit = Visit(browser, page_url + "#wall", 1400, 900)
    visit.wait(f"document.querySelectorAll('.tile').length >= {count + 1}", f"a wall of {count + 1} robots is there")
    check("crowd-7" in visit.text(".tile"), "the one in trouble stands first")
    visit.wait(f"{canvas_sum('.tile:nth-child(3) canvas')} > 0.05", "tiles in sight draw their faces")
    frames = visit.page.evaluate("""() => new Promise((done) => {
        const times = []; let last = performance.now();
        const step = (now) => { times.push(now - last); last = now;
          if (times.length < 180) requestAnimationFrame(step); else done(times.slice(1).sort((a, b) => a - b)); };
        requestAnimationFrame(step); })""")
    print(f"dashboard: {count + 1} robots on the wall: a frame takes {frames[len(frames) // 2]:.1f} ms in the middle, "
          f"{frames[int(len(frames) * 0.99)]:.1f} ms at 99 %", flush=True)
    visit.page.screenshot(path=output / "wall.png")
    visit.page.fill("#wall-search", "pretend")
    visit.wait("document.querySelectorAll('.tile').length === 1", "the search finds one by its name")
    visit.page.click(".tile a")
    visit.wait(connection_is("online"), "its tile leads to it")
    check(visit.complaints == [], f"the wall complained of nothing {visit.complaints[:3] or ''}")
    visit.close()
    done.set()
    thread.join()
    for k in range(count):
        client.publish(f"mien/crowd-{k}/availability", "", 1, True)
        client.publish(f"mien/crowd-{k}/state", "", 0, True)
    time.sleep(0.5)
    client.disconnect()
    client.loop_stop()


NAME = "maestro-face"


class Run:
    """A `mien run` with a simulated robot and a page of its own."""

    def __init__(self, mien, *options, verb=("run",)):
        self.mien = mien
        self.process = subprocess.Popen(
            [mien, *verb, "--name", NAME, "--json", "--dashboard", "0", *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
        atexit.register(self.process.kill)
        self.lines = []
        for line in self.process.stderr:
            self.lines.append(line)
            if "dashboard on http" in line:
                break
        else:
            raise SystemExit(f"dashboard: FAILED: mien run ended: {''.join(self.lines)}")
        self.url = line.split()[-1]
        self.reader = threading.Thread(target=lambda: self.lines.extend(self.process.stderr), daemon=True)
        self.reader.start()

    def status(self):
        said = subprocess.run(
            [self.mien, "status", "--robot", NAME, "--json"], capture_output=True, text=True, check=True)
        return json.loads(said.stdout)

    def end(self):
        self.process.send_signal(signal.SIGINT)
        output = self.process.stdout.read()
        code = self.process.wait(30)
        self.reader.join(5)
        summary = json.loads(output) if output.startswith("{") else None
        if code == 1 and summary and violates_nothing(summary):
            print("not judged: other work kept the thread of the servos' line, and the simulated robot saw frames missing")
        else:
            check(code == 0, "mien run ends well" + (f": {code}, {''.join(self.lines[-3:])}{output[-3000:]}" if code else ""))
        return summary


def violates_nothing(summary):
    """Whether no limit was broken: frames that a starved line left out look like leaps to a simulated servo."""
    overwritten = sum(bus["overwritten"] for bus in summary["buses"])
    return summary["limits"]["violations"] == 0 and (summary["simulator"]["violations"] == 0 or overwritten > 50)


# The face stands still of itself, so that whatever moves was asked for.
STILL = ["--models", "none", "--person", "none", "--no-autonomy"]


def values(visit):
    return visit.page.eval_on_selector_all(".bars .value", "all => all.map((each) => each.textContent)")


def is_still(visit, seconds=1.5):
    before = values(visit)
    time.sleep(seconds)
    return values(visit) == before


def test_end_to_end(browser, mien, output, folder):
    """The page that a real robot serves, over the broker that it started."""
    recordings = pathlib.Path(folder) / "recordings"
    run = Run(mien, "--broker", "--recordings", str(recordings), *STILL)
    check("?token=" in run.url, "a page that is told a password needs a token")
    visit = Visit(browser, run.url)
    visit.wait(connection_is("online"), "mien run serves the page, and its robot is online")
    check("token" not in visit.page.url, "the token is gone from the address")
    visit.wait("document.querySelectorAll('.bars .value').length === 23", "its 23 servos are there")
    visit.wait("document.querySelector('.bars .value').textContent !== ''", "and tell where they are")
    wait_until(lambda: is_still(visit), "nothing moves of itself")
    before = values(visit)
    visit.page.get_by_role("button", name="big_smile", exact=True).click()
    wait_until(lambda: sum(a != b for a, b in zip(before, values(visit))) >= 3, "a gesture's button moves its servos")
    wait_until(lambda: is_still(visit), "which come to rest")
    visit.page.keyboard.press("Escape")
    visit.wait("!document.querySelector('#latched').hidden", "the emergency stop latches")
    check(run.status()["emergency_stop"] == "message", "in the robot as well, which says by whom")
    before = values(visit)
    visit.page.get_by_role("button", name="nod", exact=True).click()
    time.sleep(2)
    check(values(visit) == before, "a gesture moves nothing then")
    visit.page.click("#clear-button")
    visit.page.click("#clear-button")
    visit.wait("document.querySelector('#latched').hidden", "the operator clears it from the page")
    visit.page.get_by_role("button", name="brow_raise", exact=True).click()
    wait_until(lambda: values(visit) != before, "and gestures move servos again")
    visit.page.select_option("#parameter", "blink_rate")
    visit.page.fill("#parameter-value", "-5")
    quiet(visit)
    visit.page.press("#parameter-value", "Enter")
    visit.wait("document.querySelector('#said').className.includes('bad')", "a parameter out of its range is refused")
    quiet(visit)
    visit.page.fill("#parameter-value", "12")
    visit.page.press("#parameter-value", "Enter")
    visit.wait("document.querySelector('#said').textContent === 'blink_rate is 12'", "one within it is set")
    visit.page.select_option("#mode", "neutral")
    visit.wait("document.querySelector('#said').textContent === 'mode neutral'", "the mode is set")
    visit.page.fill("#script-file", "01_first_hello")
    visit.page.press("#script-file", "Enter")
    visit.wait("document.querySelector('.script-list strong')?.textContent.includes('first_hello')", "a script starts")
    visit.page.fill("#script-file", "no_such_script")
    visit.page.press("#script-file", "Enter")
    visit.wait("document.querySelector('#said').className.includes('bad')", "one that is not there is refused in a sentence")
    visit.page.get_by_role("button", name="Record", exact=True).click()
    visit.wait("document.querySelector('.recording.on')", "a recording is begun from the page")
    name = visit.text(".recording")
    time.sleep(2)
    visit.page.get_by_role("button", name="End", exact=True).click()
    visit.wait("!document.querySelector('.recording.on')", "and ended")
    check([each.name for each in recordings.iterdir()] == [name] and (recordings / name).stat().st_size > 1000,
          f"it is in the folder for recordings: {name}")
    drawn = subprocess.run([mien, "plot", str(recordings / name)], capture_output=True, text=True)
    check(drawn.returncode == 0 and len(drawn.stdout.split()) == 4, f"and can be drawn {drawn.stderr}")
    check(visit.complaints == [], f"no console error {visit.complaints[:3] or ''}")
    visit.page.screenshot(path=output / "end-to-end.png")
    hostile_requests(run)
    visit.close()
    summary = run.end()
    check(summary["simulator"]["servos_moved"] >= 3, f"the robot saw {summary['simulator']['servos_moved']} servos move")
    check(violates_nothing(summary), "and no limit violated")


def hostile_requests(run):
    """What a browser would not send."""
    port = int(run.url.split(":")[2].split("/")[0])

    def ask(request, wait=True):
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as line:
            line.sendall(request)
            line.settimeout(PATIENCE)
            try:
                return line.recv(4096).decode("latin-1") if wait else ""
            except OSError:
                return ""

    token = run.url.split("token=")[1]
    own = f"Host: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n\r\n"
    check(ask(f"GET /app.js HTTP/1.1\r\n{own}".encode()).startswith("HTTP/1.1 200"), "the token opens the page")
    check(ask(f"GET /config.json HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()).startswith("HTTP/1.1 401"),
          "without it the settings are kept")
    upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" \
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: mqtt\r\n"
    bare = f"Host: 127.0.0.1:{port}\r\n\r\n"
    check(" 101 " in ask(f"GET /mqtt HTTP/1.1\r\n{upgrade}{own}".encode()), "the token opens the way to the broker")
    check(" 401 " in ask(f"GET /mqtt HTTP/1.1\r\n{upgrade}{bare}".encode()), "which is closed without it")
    check(" 403 " in ask(f"GET /mqtt HTTP/1.1\r\nOrigin: http://evil.example\r\n{upgrade}{own}".encode()),
          "and to another site's page")
    paths = ["/../Package.swift", "/%2e%2e/Package.swift", "/..%2f..%2f..%2fetc/passwd", "//etc/passwd", "/....//x",
             "/mqtt/../../README.md", "/\\..\\x", "/.git/config", "/" + "a" * 100000]
    answers = [ask(f"GET {path} HTTP/1.1\r\n{own}".encode()) for path in paths]
    check(all(not answer or " 404 " in answer.split("\r\n")[0] for answer in answers), "no path leads out of the page's folder")
    check(" 405 " in ask(f"POST / HTTP/1.1\r\n{own}".encode()), "writing is not allowed")
    for _ in range(100):
        # Gone before the answer: reset, not closed.
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            line.sendall(f"GET /app.js HTTP/1.1\r\n{own}".encode() * 20)
    for junk in (b"\x00" * 1000, b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"\x16\x03\x01" * 99,
                 b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"):
        ask(junk, wait=False)
    held = [socket.create_connection(("127.0.0.1", port), PATIENCE) for _ in range(200)]
    for line in held:
        line.sendall(b"GET / HT")
    time.sleep(0.5)
    for line in held:
        line.close()
    wait_until(lambda: ask(f"GET / HTTP/1.1\r\n{own}".encode()).startswith("HTTP/1.1 200"),
               "two hundred half-open visitors later it serves on")
    control = run.status()["control"]
    check(control["violations"] == 0, "and the robot goes on")
    print(f"dashboard: {control['ticks']} ticks, {control['late_ticks']} late, {control['skipped_periods']} periods skipped", flush=True)


def test_real_broker_kill(browser, mien, broker, way):
    """A broker of the user's own: by its websocket listener, or through the dashboard's own port."""
    run = Run(mien, "--mqtt", f"mqtt://127.0.0.1:{broker.port}", "--mqtt-encoding", "cbor", *way, *STILL)
    check(("token" in run.url) == (way == []), "what leads to the broker needs a token, a page on loopback alone does not")
    visit = Visit(browser, run.url)
    visit.wait(connection_is("online"), f"a broker of the user's own does as well {' '.join(way[:1])}")
    visit.wait(f"{canvas_sum('.robot-face')} > 0.1", "a face that comes as CBOR is drawn")
    broker.kill()
    visit.wait(connection_is("reconnecting"), "killed with -9, it is missed")
    time.sleep(1)
    broker.start()
    began = time.monotonic()
    visit.wait(connection_is("online"), "page and robot come back")
    print(f"dashboard: page and robot were back {time.monotonic() - began:.2f} s after the broker", flush=True)
    seconds = "Number(document.querySelector('.figures dd').textContent.replaceAll(',', ''))"
    visit.wait(f"(window.before ??= {seconds}) && {seconds} > window.before + 150", "and the ticks are counted on")
    visit.page.keyboard.press("Escape")
    visit.wait("!document.querySelector('#latched').hidden", "the emergency stop latches")
    visit.wait("document.querySelector('#clear-button').hidden", "clearing is not offered where the robot would refuse it")
    visit.close()
    run.end()


def test_tls(browser, mien, folder):
    """A broker that speaks TLS alone, by the dashboard's own port: its certificate is checked there."""
    certificates(folder)
    path = lambda name: os.path.join(folder, name)

    def broker(certificate):
        port = free_port()
        file = pathlib.Path(folder) / f"{certificate}.conf"
        file.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\ncafile {path('ca.pem')}\ncertfile {path(certificate)}.pem\n"
            f"keyfile {path(certificate)}.key\nrequire_certificate true\n" + ("user root\n" if os.geteuid() == 0 else ""))
        process = subprocess.Popen([shutil.which("mosquitto") or "/usr/sbin/mosquitto", "-c", str(file)],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        atexit.register(process.kill)
        return port, process

    (port, good), (other_port, other) = broker("here"), broker("elsewhere")
    options = ["--mqtt", f"mqtts://localhost:{port}", "--mqtt-ca", path("ca.pem"), "--mqtt-cert", path("client.pem"),
               "--mqtt-key", path("client.key"), *STILL]
    run = Run(mien, *options)
    check("token" in run.url, "what leads to the broker needs a token")
    visit = Visit(browser, run.url)
    visit.wait(connection_is("online"), "a broker that wants TLS and a client certificate is reached")
    visit.wait(f"{canvas_sum('.robot-face')} > 0.1", "and the face is drawn")
    visit.page.keyboard.press("Escape")
    visit.wait("!document.querySelector('#latched').hidden", "the emergency stop latches")
    visit.close()
    run.end()
    run = Run(mien, *options, "--dashboard-broker", f"mqtts://localhost:{other_port}")
    visit = Visit(browser, run.url)
    visit.wait(connection_is("reconnecting"), "a broker with another name's certificate is not spoken to")
    time.sleep(1)
    check(not visit.holds(connection_is("connected"), 1), "and stays so")
    visit.close()
    run.end()
    for process in (good, other):
        process.kill()
        process.wait()


def test_replay(browser, mien, output, folder):
    """A recording played to a robot, which the page shows like a run."""
    file = str(pathlib.Path(folder) / "played.mcap")
    subprocess.run([mien, "run", "--virtual", "--seconds", "90", "--record", file, "--json"], check=True, cwd=ROOT,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    run = Run(mien, "--broker", verb=("replay", file))
    visit = Visit(browser, run.url)
    visit.wait(connection_is("online"), "mien replay serves the page, and its robot is online")
    visit.wait(f"{canvas_sum('.robot-face')} > 0.1", "the recorded face is drawn")
    visit.wait(f"{canvas_sum('.person-face')} > 0.1", "the recorded person beside it")
    visit.wait("document.querySelectorAll('.bars .value').length === 23", "the servos are there")
    before = values(visit)
    wait_until(lambda: sum(a != b for a, b in zip(before, values(visit))) >= 5, "and move as they did")
    visit.page.screenshot(path=output / "replay.png")
    check(visit.complaints == [], f"no console error {visit.complaints[:3] or ''}")
    summary = run.end()
    check(summary["limits"]["violations"] == 0 and summary["simulator"]["servos_moved"] >= 5,
          f"{summary['simulator']['servos_moved']} servos moved, within their limits")
    visit.wait(connection_is("reconnecting"), "and the page says that it is gone")
    visit.close()


def picture(browser, mien, file):
    """The README's picture: the trained models with the conversation that ships, a script, and a gesture."""
    run = Run(mien, "--broker", "--script", "02_attentive_listener")
    visit = Visit(browser, run.url, 1500, 1460, color_scheme="light")
    visit.wait(connection_is("online"), "online for a picture")
    time.sleep(75)
    visit.page.get_by_role("button", name="nod", exact=True).click()
    time.sleep(0.7)
    visit.page.screenshot(path=file)
    visit.close()
    run.end()


def landmarks(mien, folder):
    """A listener's own motion where the command is there, else a still face."""
    if not mien:
        return [pretend_robot.still_face()]
    file = os.path.join(folder, "landmarks.csv")
    subprocess.run(
        [mien, "generate", "listener", "--person", str(ROOT / "Tracks/conversation.csv"), "--out",
         os.path.join(folder, "listener.csv"), "--landmarks", file],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return pretend_robot.read_landmarks(file)


def launch(playwright, chromium):
    return playwright.chromium.launch(
        executable_path=chromium, args=["--headless=new", "--no-sandbox", "--disable-dev-shm-usage"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("mien", nargs="?")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "output/dashboard")
    parser.add_argument("--robots", type=int, default=100)
    parser.add_argument("--picture", type=pathlib.Path, help="make the README's picture instead, from MIEN's own run")
    options = parser.parse_args()
    chromium = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if not chromium:
        raise SystemExit("dashboard: FAILED: chromium is not installed")
    options.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        broker = Broker(folder)
        if options.picture:
            browser = launch(playwright, chromium)
            picture(browser, options.mien, options.picture)
            browser.close()
            broker.kill()
            return
        robot = pretend_robot.Robot("pretend", landmarks(options.mien, folder), broker.port, 0)
        ended = threading.Event()
        player = threading.Thread(target=pretend_robot.play, args=([robot], ended.is_set), daemon=True)
        player.start()
        page_url = f"{serve_page()}?broker={broker.url}"
        url = f"{page_url}&robot=pretend"
        browser = launch(playwright, chromium)
        try:
            if options.mien:
                test_end_to_end(browser, options.mien, options.output, folder)
                test_tls(browser, options.mien, folder)
                test_replay(browser, options.mien, options.output, folder)
                test_real_broker_kill(browser, options.mien, broker, ["--dashboard-broker", broker.url])
                test_real_broker_kill(browser, options.mien, broker, [])
            visit = Visit(browser, url)
            test_shows(visit, robot)
            test_packets(visit)
            test_steers(visit, robot)
            test_stops(visit, robot)
            test_reachable(visit, browser, url, options.output)
            test_comes_back(visit, robot, broker)
            test_untrusted(visit, broker, robot)
            visit.close()
            test_old_broker(browser, url)
            test_wall(browser, page_url, broker, options.output, options.robots)
        finally:
            ended.set()
            player.join()
            robot.leave()
            browser.close()
            broker.kill()
    print(f"dashboard: all held; pictures of it are in {os.path.relpath(options.output)}")


if __name__ == "__main__":
    main()
