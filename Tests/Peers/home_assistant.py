"""Home Assistant's own schemas on what a robot announces; no server is started and no code of Mien's is used.

usage: home_assistant.py MIEN
With a Home Assistant that knows device discovery the device payload is judged as it is; with an older one each component
in its single-component form.
"""

import asyncio
import importlib
import json
import sys
import tempfile

from homeassistant.components.mqtt import abbreviations
from homeassistant.const import __version__ as version

from broker import Listener, Mosquitto, Robot, checker

check = checker(f"home_assistant {version}")
TOPIC = "homeassistant/device/mien_peer/config"


def announced(mien):
    """What a robot with servos that say their temperature announces, retained."""
    broker = Mosquitto()
    robot = Robot(mien, "--robot", "Robots/feetech-face-8.yaml", "--calibration", "Calibration/feetech-face-8.yaml",
                  "--mqtt", f"mqtt://127.0.0.1:{broker.port}", "--mqtt-authority", "operator")
    try:
        listener = Listener(broker.port, [TOPIC])
        check(listener.wait(lambda heard: "temperature_" in (heard.newest[TOPIC].payload.decode()
                                                             if TOPIC in heard.newest else "").replace(
                                                                 "temperature_max", ""), 20),
              "a robot announces itself and its warm servos")
        listener.close()
        return listener.newest[TOPIC].payload.decode()
    finally:
        robot.close()
        broker.close()


def spelled_out(payload, table):
    """Home Assistant's own abbreviations, spelled out by its own table."""
    return {table.get(key, key): value for key, value in payload.items()}


async def at_home(judge, text):
    """Newer schemas compile templates, which want a Home Assistant around them; it is not started."""
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers import frame

    with tempfile.TemporaryDirectory() as folder:
        hass = HomeAssistant(folder)
        frame.async_setup(hass)
        judge(text)
        await hass.async_stop(force=True)


def knows_devices():
    from homeassistant.components.mqtt import discovery
    return hasattr(discovery, "_parse_device_payload")


def single(payload):
    """Each component in the form that Home Assistant had before device discovery."""
    device = spelled_out(payload["dev"], abbreviations.DEVICE_ABBREVIATIONS)
    origin = spelled_out(payload["o"], abbreviations.ORIGIN_ABBREVIATIONS)
    availability = [spelled_out(entry, abbreviations.ABBREVIATIONS) for entry in payload["avty"]]
    for key, component in payload["cmps"].items():
        config = spelled_out(component, abbreviations.ABBREVIATIONS)
        platform = config.pop("p", None) or config.pop("platform")
        config.update(device=device, origin=origin, availability=availability)
        schema = importlib.import_module(f"homeassistant.components.mqtt.{platform}").DISCOVERY_SCHEMA
        result = schema(config)
        check(result["unique_id"] == f"mien_peer_{key}", f"takes {platform} {key}")


def device(text):
    """The device payload through Home Assistant's own parser, then each component through its platform's schema."""
    from homeassistant.components.mqtt import discovery

    result = discovery._parse_device_payload(None, text, "mien_peer", None)
    check(len(result.get("components", {})) >= 10, f"takes the device with {len(result['components'])} components")
    shared = {key: value for key, value in result.items() if key != "components"}
    for key, component in result["components"].items():
        platform = component["platform"]
        config = {**shared, **{name: value for name, value in component.items() if name != "platform"}}
        schema = importlib.import_module(f"homeassistant.components.mqtt.{platform}").DISCOVERY_SCHEMA
        check(schema(config)["unique_id"] == f"mien_peer_{key}", f"takes {platform} {key}")
    broken = json.loads(text)
    broken["~"] = "mien/peer"
    check(not discovery._parse_device_payload(None, json.dumps(broken), "mien_peer", None), "and would refuse a wrong one")


def main(mien):
    text = announced(mien)
    payload = json.loads(text)
    wanted = {"state", "smile", "attention", "emergency_stop", "stop", "clear", "intensity", "gesture",
              "temperature_max", "late_ticks"}
    check(wanted <= set(payload["cmps"]), f"{len(payload['cmps'])} entities are announced")
    if knows_devices():
        asyncio.run(at_home(device, text))
    else:
        single(payload)


if __name__ == "__main__":
    main(sys.argv[1])
