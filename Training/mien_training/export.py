"""Safetensors files as Mien's ``WeightFile`` reads them: fp32 or fp16, linear weights row-major [out, in]."""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path

import numpy as np
from safetensors.numpy import save


def write_weights(
    path: str | Path,
    tensors: dict[str, object],
    metadata: dict[str, object] | None = None,
    half: tuple[str, ...] | bool = (),
) -> int:
    """Writes tensors (numpy or torch) and metadata; returns the file's size in bytes.

    ``half`` names the tensors to store in fp16 by suffix (``True``: every tensor of two or more dimensions);
    the others are fp32. Values that are not finite, or that fp16 cannot hold, raise ValueError.
    """
    arrays: dict[str, np.ndarray] = {}
    for name, tensor in tensors.items():
        array = tensor.detach().cpu().numpy() if hasattr(tensor, "detach") else np.asarray(tensor)
        array = np.ascontiguousarray(array, dtype=np.float32)
        as_half = array.ndim >= 2 if half is True else bool(half) and name.endswith(tuple(half))
        if as_half:
            with np.errstate(over="ignore"):
                array = array.astype(np.float16)
        if not np.isfinite(array).all():
            raise ValueError(f"{name}: not finite as {array.dtype}")
        arrays[name] = array
    text = {key: value if isinstance(value, str) else repr(value) for key, value in (metadata or {}).items()}
    data = _align(save(arrays, metadata=text))
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    partial.write_bytes(data)
    os.replace(partial, target)  # Mapped readers of the old file keep it.
    return len(data)


def _align(data: bytes, boundary: int = 64) -> bytes:
    """Sorts the header, whose metadata come in any order, so that equal weights are equal files; and pads it with spaces, as
    the format allows, so that the numbers begin on a cache line."""
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    metadata = {"__metadata__": dict(sorted(header.pop("__metadata__").items()))} if "__metadata__" in header else {}
    tensors = dict(sorted(header.items(), key=lambda item: item[1]["data_offsets"]))
    text = json.dumps(metadata | tensors, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-(8 + len(text)) % boundary)
    return struct.pack("<Q", len(text)) + text + data[8 + length :]
