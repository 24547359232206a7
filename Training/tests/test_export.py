"""Weight files as the Swift reader wants them."""

import struct

import numpy as np
import pytest
from safetensors import safe_open

from mien_training.export import write_weights


def test_numbers_begin_on_a_cache_line_and_read_back(tmp_path):
    path = tmp_path / "m.safetensors"
    matrix, vector = np.arange(6.0).reshape(2, 3), np.ones(3)
    write_weights(path, {"a.weight": matrix, "a.bias": vector}, {"mien.kind": "test", "hop": 8}, half=("weight",))
    (length,) = struct.unpack("<Q", path.read_bytes()[:8])
    assert (8 + length) % 64 == 0
    with safe_open(path, "numpy") as file:
        assert file.metadata() == {"mien.kind": "test", "hop": "8"}
        assert file.get_tensor("a.weight").dtype == np.float16
        assert file.get_tensor("a.bias").dtype == np.float32
        assert (file.get_tensor("a.weight") == matrix).all()


def test_what_is_not_finite_is_refused(tmp_path):
    with pytest.raises(ValueError, match="a"):
        write_weights(tmp_path / "m.safetensors", {"a": np.array([np.nan])})
    with pytest.raises(ValueError, match="float16"):
        write_weights(tmp_path / "m.safetensors", {"a": np.full((2, 2), 1e6)}, half=True)
