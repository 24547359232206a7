"""Holds the schemas of robot and calibration files against every shipped file, and against files that are wrong.

    python schema.py .build/release/mien

Uses the Python packages jsonschema (draft 2020-12) and PyYAML, which know nothing of Mien.
"""

import copy
import json
import pathlib
import subprocess
import sys

import yaml
from jsonschema import Draft202012Validator

mien = sys.argv[1]
root = pathlib.Path(__file__).resolve().parents[2]
failed = 0


def check(isGood: bool, what: str) -> None:
    global failed
    print(("ok    " if isGood else "FAILED ") + what)
    failed += not isGood


def validator(kind: str) -> Draft202012Validator:
    schema = json.loads(subprocess.run([mien, "schema", kind], check=True, capture_output=True, text=True).stdout)
    Draft202012Validator.check_schema(schema)
    committed = json.loads((root / "Documentation" / f"{kind}-schema.json").read_text())
    check(schema == committed, f"Documentation/{kind}-schema.json is what mien schema {kind} prints")
    return Draft202012Validator(schema)


kinds = {"Robots": validator("robot"), "Calibration": validator("calibration")}
for folder, judge in kinds.items():
    for path in sorted((root / folder).glob("*.yaml")):
        text = path.read_text()
        errors = [f"{list(error.path)}: {error.message[:100]}" for error in judge.iter_errors(yaml.safe_load(text))]
        check(not errors, f"{folder}/{path.name} " + "; ".join(errors[:3]))
        kind = "robot" if folder == "Robots" else "calibration"
        check(f"yaml-language-server: $schema=../Documentation/{kind}-schema.json" in text, f"{path.name} names its schema")

robot = yaml.safe_load((root / "Robots/feetech-face-8.yaml").read_text())
calibration = yaml.safe_load((root / "Calibration/feetech-face-8.yaml").read_text())


def wrong(kind: str, base: dict, what: str, change) -> None:
    bad = copy.deepcopy(base)
    change(bad)
    check(not kinds[kind].is_valid(bad), f"refused: {what}")


wrong("Robots", robot, "a misspelt key", lambda r: r.update(actuator=[]))
wrong("Robots", robot, "a bus of no kind", lambda r: r["buses"]["face"].update(kind="lego"))
wrong("Robots", robot, "an actuator without limits", lambda r: r["actuators"][0].pop("max_ticks"))
wrong("Robots", robot, "a model that nobody makes", lambda r: r["actuators"][0].update(model="sts9999"))
wrong("Robots", robot, "a control rate of 5 kHz", lambda r: r.update(control_rate_hz=5000))
wrong("Robots", robot, "a velocity twice", lambda r: r["motion"]["lid"].update(velocity_us_per_s=4000))
wrong("Calibration", calibration, "a blendshape that is none", lambda c: c["actuators"]["jaw"]["inputs"].update(jawOpn=1))
wrong("Calibration", calibration, "a table of two points", lambda c: c["actuators"]["jaw"].update(table=[[0, 1], [1, 2]]))
wrong("Calibration", calibration, "no neutral", lambda c: c["actuators"]["jaw"].pop("neutral_ticks"))
sys.exit(1 if failed else 0)
