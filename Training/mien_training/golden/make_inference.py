"""Golden inputs and outputs of every inference block, computed by PyTorch in double precision.

    python -m mien_training.golden.make_inference Tests/InferenceTests/Golden

Weights are not stored: both languages make them from the same seed (``random_weights``).
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from .. import sampling
from ..counter_random import CounterRandom
from ..export import write_weights
from ..random_weights import fill_module, random_weights

SEED = 42
torch.set_grad_enabled(False)
torch.backends.mha.set_fastpath_enabled(False)

tensors: dict[str, object] = {}
rng = np.random.default_rng(7)


def normal(*shape: int) -> torch.Tensor:
    """Single-precision inputs, for computing in double."""
    return torch.from_numpy(rng.normal(size=shape).astype(np.float32)).double()


def filled(module: nn.Module, prefix: str) -> nn.Module:
    fill_module(module, SEED, prefix + ".")
    return module.double().eval()


def pair(name: str, x: torch.Tensor, y: torch.Tensor) -> None:
    tensors[name + ".x"] = x
    tensors[name + ".y"] = y


def linear() -> None:
    for name, inputs, outputs in [("small", 37, 29), ("wide", 256, 1024), ("thin", 3, 5), ("long", 1296, 136)]:
        layer = filled(nn.Linear(inputs, outputs), f"linear.{name}")
        for rows in (1, 2, 7) if name != "wide" else (48,):
            x = normal(rows, inputs)
            pair(f"linear.{name}.{rows}", x, layer(x))


def functions() -> None:
    x = torch.cat([torch.linspace(-12, 12, 481), torch.tensor([-100.0, -30, -1e-4, 1e-6, 30, 85])]).float().double()
    tensors["function.x"] = x
    for name, f in {
        "relu": F.relu, "leaky": lambda v: F.leaky_relu(v, 0.2), "elu": F.elu, "gelu": F.gelu, "silu": F.silu,
        "tanh": torch.tanh, "sigmoid": torch.sigmoid, "exp": torch.exp,
    }.items():  # fmt: skip
        tensors["function." + name] = f(x)
    rows = 6 * normal(5, 77)
    rows[2, 10:] = -np.inf
    stored = rows.clone()
    stored[2, 10:] = -1e30  # Files hold finite numbers only; the test puts the infinities back.
    tensors["softmax.x"] = stored
    tensors["softmax.y"] = torch.softmax(rows, -1)
    tensors["softmax.log"] = torch.log_softmax(rows[:2], -1)
    for width, epsilon in [(51, 1e-5), (256, 1e-6), (3, 1e-5)]:
        x = normal(6, width) * 3 + 2
        pair(f"norm.{width}", x, filled(nn.LayerNorm(width, epsilon), f"norm.{width}")(x))


def lstm() -> None:
    for name, inputs, hidden, steps in [("small", 19, 23, 7), ("paper", 1300, 1024, 3)]:
        cell = filled(nn.LSTM(inputs, hidden), f"lstm.{name}")
        x = normal(steps, 2, inputs)
        y, (_, c) = cell(x)
        tensors[f"lstm.{name}.x"] = x.reshape(steps * 2, inputs)
        tensors[f"lstm.{name}.y"] = y.reshape(steps * 2, hidden)
        tensors[f"lstm.{name}.c"] = c[0]


def attention() -> None:
    width, heads, queries, keys = 24, 3, 11, 17
    x, context = normal(queries, width), normal(keys, width)
    visible = torch.from_numpy(rng.random(keys) < 0.5)
    visible[3] = True
    tensors.update({"attention.x": x, "attention.context": context, "attention.visible": visible.float()})
    layer = filled(nn.MultiheadAttention(width, heads), "attention")
    causal = torch.triu(torch.ones(queries, queries, dtype=torch.bool), 1)
    tensors["attention.self"] = layer(x, x, x, need_weights=False)[0]
    tensors["attention.causal"] = layer(x, x, x, attn_mask=causal, need_weights=False)[0]
    tensors["attention.cross"] = layer(x, context, context, need_weights=False)[0]
    tensors["attention.masked"] = layer(x, context, context, key_padding_mask=~visible, need_weights=False)[0]
    bare = filled(nn.MultiheadAttention(width, heads, bias=False), "attention.bare")
    tensors["attention.bare"] = bare(x, context, context, need_weights=False)[0]


def transformers() -> None:
    def leaky(v):
        return F.leaky_relu(v, 0.2)

    for name, norm_first, activation in [("pre", True, "gelu"), ("post", False, "relu"), ("leaky", False, leaky)]:
        options = {"activation": activation, "norm_first": norm_first, "dropout": 0.0}
        x, memory = normal(13, 24), normal(9, 24)
        encoder = filled(nn.TransformerEncoderLayer(24, 3, 40, **options), f"encoder.{name}")
        decoder = filled(nn.TransformerDecoderLayer(24, 3, 40, **options), f"decoder.{name}")
        causal = torch.triu(torch.ones(13, 13, dtype=torch.bool), 1)
        pair(f"encoder.{name}", x, encoder(x))
        tensors[f"decoder.{name}.memory"] = memory
        pair(f"decoder.{name}", x, decoder(x, memory, tgt_mask=causal))
    x = normal(48, 256)
    layer = nn.TransformerEncoderLayer(256, 8, 1024, activation="gelu", norm_first=True, dropout=0.0)
    pair("encoder.paper", x, filled(layer, "encoder.paper")(x))


def convolutions() -> None:
    for width in (3, 4):
        layer = filled(nn.Conv1d(7, 10, width), f"conv.{width}")
        x = normal(12, 7)
        tensors[f"conv.{width}.x"] = x
        paddings = {"none": (0, 0, "constant"), "causal": (width - 1, 0, "constant")}
        paddings["causalReplicate"] = (width - 1, 0, "replicate")
        if width % 2:
            paddings |= {"zeros": (width // 2,) * 2 + ("constant",), "replicate": (width // 2,) * 2 + ("replicate",)}
        for name, (before, after, mode) in paddings.items():
            padded = F.pad(x.T[None], (before, after), mode=mode)
            tensors[f"conv.{width}.{name}"] = layer(padded)[0].T


def encodings() -> None:
    places, width = np.arange(80.0)[:, None], 32
    angles = places * 10_000.0 ** (-2 * np.arange(width // 2) / width)
    interleaved = np.stack([np.sin(angles), np.cos(angles)], -1).reshape(80, width)
    tensors["encoding.interleaved"] = interleaved
    tensors["encoding.halves"] = np.concatenate([np.sin(angles), np.cos(angles)], 1)


def quantisers() -> None:
    for name, levels in {"240": [8, 6, 5], "256": [4, 4, 4, 4]}.items():
        z = 2 * normal(300, len(levels))
        levels_ = torch.tensor(levels, dtype=torch.float64)
        half = (levels_ - 1) * (1 + 1e-3) / 2
        offset = torch.where(levels_ % 2 == 0, 0.5, 0.0)
        bounded = torch.tanh(z + torch.atanh(offset / half)) * half - offset
        # Leave out what single and double precision may round apart.
        sure = ((bounded - bounded.floor() - 0.5).abs() > 1e-4).all(1)
        z, level = z[sure], bounded[sure].round()
        base = torch.cumprod(torch.tensor([1] + levels[:-1]), 0)
        tensors.update({
            f"fsq.{name}.z": z,
            f"fsq.{name}.values": level / (levels_ // 2),
            f"fsq.{name}.code": ((level + levels_ // 2) * base).sum(1),
        })


def samplers() -> None:
    logits = (2 * rng.normal(size=(120, 33))).astype(np.float32)
    logits[5, 3] = logits[5, 4] = logits[5].max() + 1
    uniform = rng.random(120).astype(np.float32)
    tensors.update({"sampler.logits": logits, "sampler.uniform": uniform})
    for name, temperature, nucleus in [("plain", 1.0, 1.0), ("l2l", 0.7, 0.9), ("greedy", 0.0, 0.9)]:
        tensors["sampler." + name] = [
            sampling.sample(row, u, temperature, nucleus) for row, u in zip(logits, uniform)
        ]


def random_numbers() -> None:
    random = CounterRandom(0x0123456789ABCDEF, "sfms", 5)
    draws = np.arange(203, dtype=np.uint32)
    tensors["random.uniform"] = random.uniform(9, draws)
    tensors["random.normal"] = random.normal(9, draws)
    tensors["random.gumbel"] = random.gumbel(9, draws)
    tensors["random.matrix"] = random_weights("block.weight", (7, 9), SEED)
    tensors["random.scale"] = random_weights("norm.weight", (9,), SEED)
    tensors["random.bias"] = random_weights("norm.bias", (9,), SEED)


def main(folder: str) -> None:
    for make in (
        linear, functions, lstm, attention, transformers, convolutions, encodings, quantisers, samplers,
        random_numbers,
    ):  # fmt: skip
        make()
    size = write_weights(Path(folder) / "blocks.safetensors", tensors, {"seed": SEED, "torch": torch.__version__})
    print(f"{len(tensors)} tensors, {size} bytes")


if __name__ == "__main__":
    main(sys.argv[1])
