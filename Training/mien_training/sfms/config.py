"""The configuration file as plain attribute access, and the places that are not in it."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import yaml

REPOSITORY = Path(__file__).resolve().parents[3]
MODELS = REPOSITORY / "Models"
GOLDEN = REPOSITORY / "Tests" / "MotionTests" / "Golden"


def data_root() -> Path:
    """The folder of recordings: ``MIEN_DATA``, or ``../shared/data`` beside the checkout."""
    return Path(os.environ.get("MIEN_DATA", REPOSITORY.parent / "shared" / "data"))


def work_root() -> Path:
    """Where checkpoints and caches go: ``MIEN_WORK``, or ``.cache/sfms`` in the checkout."""
    path = Path(os.environ.get("MIEN_WORK", REPOSITORY / ".cache" / "sfms"))
    path.mkdir(parents=True, exist_ok=True)
    return path


def _namespace(value):
    if isinstance(value, dict):
        return SimpleNamespace(**{key: _namespace(item) for key, item in value.items()})
    return value


def load(path: str | Path | None = None, **overrides) -> SimpleNamespace:
    """Reads ``sfms.yaml`` (or the file given); ``overrides`` such as ``tokeniser={"steps": 10}`` replace entries."""
    text = Path(path or Path(__file__).with_name("sfms.yaml")).read_text()
    tree = yaml.safe_load(text)
    for key, value in overrides.items():
        if isinstance(value, dict):
            tree[key].update(value)
        else:
            tree[key] = value
    tree.setdefault("data", "recordings")
    return _namespace(tree)
