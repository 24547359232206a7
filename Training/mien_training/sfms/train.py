"""Trains both parts of SFMS one after the other: ``python -m mien_training.sfms.train [--minutes-each M]``. Resumes."""

from __future__ import annotations

import argparse
import sys

from . import train_predictor, train_tokeniser


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", help="YAML file (default: sfms.yaml beside this module)")
    parser.add_argument("--minutes-each", type=float, help="stop each part's schedule by then")
    arguments = parser.parse_args()
    rest = ["--config", arguments.config] if arguments.config else []
    rest += ["--minutes", str(arguments.minutes_each)] if arguments.minutes_each else []
    for part in (train_tokeniser, train_predictor):
        sys.argv = [part.__name__, *rest]
        part.main()


if __name__ == "__main__":
    main()
