"""One fold of the pairs: its parts of the split, and where its files lie."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path

from .config import MODELS, work_root
from .export import PREDICTOR, TRIED, filled
from .splits import FOLD

FOLDS = range(5)


class Fold:
    """A fold by its number, trained from the configuration's seed or another; fold 0 of the configuration's seed is what ships.
    It knows its folder from the moment it is made, so that it says the same inside and outside of ``entered``."""

    def __init__(self, number: int, seed: int | None = None):
        self.number, self.seed = number, seed
        root = work_root() if seed is None else work_root() / "seeds" / str(seed)
        #: Where the fold's files lie.
        self.place = root / "folds" / str(number) if number else root

    @property
    def ships(self) -> bool:
        """Whether its listener is the one that ships."""
        return not self.number and self.seed is None

    @contextmanager
    def entered(self):
        """The parts of the split, and the folder for files, are the fold's meanwhile."""
        self.place.mkdir(parents=True, exist_ok=True)
        before = {key: os.environ.get(key) for key in (FOLD, "MIEN_WORK")}
        os.environ |= {"MIEN_WORK": str(self.place), FOLD: str(self.number)}
        try:
            yield
        finally:
            for key, value in before.items():
                if value is None:
                    del os.environ[key]
                else:
                    os.environ[key] = value

    @property
    def models(self) -> Path:
        """The folder that its training writes weights to, with all that ``mien`` reads beside them."""
        return MODELS if self.ships else filled(self.place / "models")

    @property
    def is_trained(self) -> bool:
        """Whether its listener was trained here."""
        return not self.ships and (self.place / "models" / PREDICTOR).exists()

    @property
    def shipped(self) -> Path:
        """The folder of its listener in this repository."""
        return MODELS / "folds" / str(self.number) if self.number else MODELS

    def weights(self) -> Path:
        """The folder of the weights that answer: those that were trained here, or a copy of those in the repository."""
        if self.ships or self.is_trained:
            return self.models
        if self.seed is not None:
            raise SystemExit(f"{self.place}: no listener of seed {self.seed} for fold {self.number}, expected one trained by folds train")
        path = filled(self.place / "shipped")
        for own in self.shipped.glob("*.safetensors"):
            shutil.copy(own, path)
        return path

    @property
    def told(self) -> Path:
        """What was tried for its calibration, and chosen; of the same training as its weights."""
        if self.ships:
            return MODELS / "evaluation" / TRIED
        return (self.place if self.is_trained else self.shipped) / TRIED
