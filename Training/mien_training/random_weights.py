"""Reproducible random weights, the same numbers as Swift's ``RandomWeights``: paper-size models without files."""

from __future__ import annotations

import numpy as np

from .counter_random import CounterRandom


def random_weights(name: str, shape: tuple[int, ...], seed: int) -> np.ndarray:
    """A float32 tensor named ``name``, uniform in -b...b with b = 1/sqrt(fan in).

    The fan in is the product of all sizes but the first; of a vector it is its length. A vector whose name ends with
    ``weight`` is a normalisation's scale and has 1 added. The stream is the name's FNV-1a hash.
    """
    count = int(np.prod(shape))
    fan_in = count // shape[0] if len(shape) > 1 else count
    bound = np.float32(1.0 / np.sqrt(float(fan_in)))
    stream = CounterRandom(seed, "test", fnv1a(name))
    values = (stream.uniform(0, np.arange(count, dtype=np.uint32)) * np.float32(2) - np.float32(1)) * bound
    if len(shape) == 1 and name.endswith("weight"):
        values = values + np.float32(1)
    return values.reshape(shape)


def fill_module(module, seed: int, prefix: str = "") -> None:
    """Sets every parameter of a torch module to the random weights of its name (after ``prefix``)."""
    import torch

    with torch.no_grad():
        for name, parameter in module.named_parameters():
            parameter.copy_(torch.from_numpy(random_weights(prefix + name, tuple(parameter.shape), seed)))


def fnv1a(text: str) -> int:
    """The 32-bit FNV-1a hash of a text's UTF-8 bytes."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value
