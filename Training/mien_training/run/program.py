"""Other programs."""

from __future__ import annotations

import subprocess
from pathlib import Path


def output(command: list[str | Path]) -> str:
    """What a program prints; where it fails, stops with what it says of that."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr.strip() or f"{' '.join(map(str, command[:2]))}: exit status {done.returncode}")
    return done.stdout
