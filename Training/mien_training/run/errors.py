"""What a command line makes of its user's mistakes: one line that says what was found, and an exit status other than 0."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import yaml


@contextmanager
def in_a_line() -> Iterator[None]:
    """Stops with a line where something that the user named cannot be read: for configurations and data, not for training."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise SystemExit(f"{error.name} is not installed: pip install {error.name}") from error
    except ImportError as error:  # it is there, a library of the system that it needs is not
        raise SystemExit(" ".join(str(error).split())) from error
    except FileNotFoundError as error:
        raise SystemExit(f"{error.filename} is not there" if error.filename else str(error)) from error
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise SystemExit(" ".join(str(error).split())) from error
