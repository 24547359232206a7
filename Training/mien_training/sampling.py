"""Draws of classes from logits, the same as Swift's ``CategoricalSampler``."""

from __future__ import annotations

import numpy as np


def sample(logits: np.ndarray, uniform: float, temperature: float = 1.0, nucleus: float = 1.0) -> int:
    """A class by temperature and nucleus from a uniform number in [0, 1), in single precision.

    The nucleus is the smallest set of the likeliest classes whose probabilities reach ``nucleus``; equal ones are
    taken in the order of the classes. Logits that are not finite are never drawn.
    """
    logits = np.asarray(logits, dtype=np.float32)
    finite = np.isfinite(logits)
    if not finite.any():
        return 0
    logits = np.where(finite, logits, np.float32(-np.inf))
    best = int(np.argmax(logits))
    if temperature == 0:
        return best
    scaled = np.exp((logits - logits[best]) / np.float32(temperature))
    probabilities = (scaled / scaled.sum(dtype=np.float32)).astype(np.float32)
    order = np.argsort(-probabilities, kind="stable")
    mass = np.float32(0)
    kept = 0
    for index in order:
        mass = mass + probabilities[index]
        kept += 1
        if mass >= np.float32(nucleus):
            break
    target = np.float32(uniform) * mass
    total = np.float32(0)
    for index in order[:kept]:
        total = total + probabilities[index]
        if target < total:
            return int(index)
    return best
