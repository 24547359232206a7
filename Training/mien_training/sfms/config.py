"""The configuration file as plain attribute access, and the places that are not in it."""

from __future__ import annotations

import copy
import os
from pathlib import Path
from types import SimpleNamespace

import yaml

REPOSITORY = Path(__file__).resolve().parents[3]
MODELS = REPOSITORY / "Models"
#: The listener's configuration, of study size.
LISTENER = Path(__file__).with_name("sfms.yaml")
#: The Swift program.
BINARY = str(REPOSITORY / ".build" / "release" / "mien")
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


def read(path: str | Path | None = None) -> dict:
    """The entries of ``sfms.yaml``, or of the file given, which may begin from another one beside it (``extends``) and say what
    differs. A key that ``sfms.yaml`` does not have is refused."""
    path = Path(path or LISTENER)
    tree = _entries(path)
    _refuse_unknown(path, tree, _entries(LISTENER) | {"extends": ""})
    if own := tree.pop("extends", None):
        tree = _merged(read(path.with_name(own)), tree)
    return {"data": "recordings"} | tree


def _entries(path: Path) -> dict:
    try:
        tree = yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        raise ValueError(f"{path}: {' '.join(str(error).split())}") from None
    if not isinstance(tree, dict | None):
        raise ValueError(f"{path}: expected entries as in {LISTENER.name}, found {type(tree).__name__}")
    return tree or {}


def _refuse_unknown(path: Path, tree: dict, known: dict, prefix: str = "") -> None:
    for key, value in tree.items():
        if key not in known:
            raise ValueError(f"{path}: unknown key {prefix}{key}")
        if isinstance(known[key], dict) != isinstance(value, dict):
            expected = "entries of its own" if isinstance(known[key], dict) else "a value"
            raise ValueError(f"{path}: {prefix}{key} is {value!r}, expected {expected}")
        if isinstance(value, dict):
            _refuse_unknown(path, value, known[key], f"{prefix}{key}.")


def _merged(base: dict, own: dict) -> dict:
    both = {key: _merged(base[key], own[key]) for key in own if isinstance(own[key], dict) and isinstance(base.get(key), dict)}
    return base | own | both


def load(path: str | Path | None = None, **overrides) -> SimpleNamespace:
    """The same as attributes; ``overrides`` such as ``tokeniser={"steps": 10}`` replace entries."""
    return _namespace(_merged(read(path), overrides))


def plain(config):
    """The entries of a configuration again, or of a part of it."""
    return {key: plain(item) for key, item in vars(config).items()} if isinstance(config, SimpleNamespace) else copy.deepcopy(config)
