#!/usr/bin/env python3
"""Whether every target declares the modules of this package that it imports: swift package describe --type json | .ci/imports.py

SwiftPM compiles a target anew when what it declares has changed. One that imports a module without declaring it keeps code for
an old layout of that module's types, and the build ends well all the same.
"""

import json
import re
import sys
from pathlib import Path

IMPORT = re.compile(r"^\s*(?:@\w+ |public |package |internal |fileprivate |private )*import (?:struct |class |enum |protocol |func |var |let |typealias )?(\w+)", re.M)
targets = json.load(sys.stdin)["targets"]
modules = {target["name"] for target in targets}
wrong = 0
for target in targets:
    declared = {target["name"], *target.get("target_dependencies", [])}
    files = Path(target["path"]).rglob("*.swift")
    imported = {name for file in files for name in IMPORT.findall(file.read_text())}
    for name in sorted((imported & modules) - declared):
        print(f"Package.swift: {target['name']} imports {name} and does not declare it", file=sys.stderr)
        wrong += 1
sys.exit(wrong > 0)
