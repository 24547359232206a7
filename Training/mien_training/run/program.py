"""Other programs."""

from __future__ import annotations

import subprocess
from pathlib import Path


def output(command: list[str | Path]) -> str:
    """What a program prints; where it fails, stops with what it says of that."""
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        raise SystemExit(f"{command[0]}: {error.strerror}; expected a program that can be run") from error
    if done.returncode:
        raise SystemExit(done.stderr.strip() or f"{' '.join(map(str, command[:2]))}: exit status {done.returncode}")
    return done.stdout
