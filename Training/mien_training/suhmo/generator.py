"""SUHMo's generator, LSTM variant (spec §1.2): landmarks and their velocities in, the next velocity out."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.nn.utils.parametrizations import spectral_norm

from .config import COORDINATES
from .deferred import DeferredLinear


@dataclass
class State:
    """What one step leaves for the next: h, c (B, H); x, v (B, 136); p (B, H); the first frame's x. Rows 2i and 2i + 1 are
    a pair."""

    h: Tensor
    c: Tensor
    x: Tensor
    v: Tensor
    p: Tensor
    begun: Tensor


def passed_back(values: Tensor, share: float) -> Tensor:
    """The same values, of whose gradient a share passes back to what made them."""
    return values if share == 1 else values.detach() + share * (values - values.detach())


def batch_pool(h: Tensor) -> Tensor:
    """The element-wise maximum of each pair's two rows, given to both."""
    pairs = h.view(-1, 2, h.shape[-1])
    return pairs.amax(dim=1, keepdim=True).expand_as(pairs).reshape(h.shape)


class ExactSpectralNorm(nn.Module):
    """W over its largest singular value, worked out anew each time, of a matrix with few rows.

    PyTorch's `spectral_norm` goes one power iteration a step. The last layer's singular values are nearly alike, so at
    regression's steps that is 2 to 8 % behind: the velocities that regression learns are as much too large for the weight, and
    shrink in the game, where steps are small and the iteration catches up. Velocities feed on themselves, so runs slow down.
    """

    def forward(self, weight: Tensor) -> Tensor:
        return weight / torch.linalg.eigvalsh(weight @ weight.t())[-1].sqrt()

    def right_inverse(self, weight: Tensor) -> Tensor:
        return weight


class Generator(nn.Module):
    """Init MLP, LSTM cell with batch-pool, output MLP.

    Positions enter as (x - mean) / position_scale, velocities as v / velocity_scale, and the output is multiplied by
    velocity_scale. The paper feeds raw units; velocities of 1e-3 beside positions of 0.5 then hardly count.

    `pair_pool` False is the paper's one-sample generator. `displacement` is its Δ-based baseline, as the public code has
    it: the input is [x_0, x - x_0], and the output the way since frame 0, not a velocity.

    `modes` (136, K): while training the output MLP makes K numbers, the amounts of the main modes of real velocities, so
    that what it makes is always a face. Exporting multiplies them into the last layer, which then is the paper's.

    `exact_norm`: the last layer's spectral norm by `ExactSpectralNorm`, else by PyTorch's. The hidden layers' stay PyTorch's:
    their largest singular values stand alone, and layer norms follow them.

    `feedback_gradient`: while training, the share of the gradient that passes from a frame's input back to the frame that was
    made before it. Positions are sums of what is made all the same; that way nothing is held back.
    """

    def __init__(
        self, hidden: int, modes: int = 0, pair_pool: bool = True, displacement: bool = False, exact_norm: bool = False
    ):
        super().__init__()
        self.hidden = hidden
        self.narrow = False  # training's matrices in bfloat16
        self.feedback_gradient = 1.0
        self.pair_pool = pair_pool
        self.displacement = displacement
        wide = 2 * COORDINATES
        self.init_in = nn.Linear(wide, 2 * hidden)
        self.init_out = nn.Linear(2 * hidden, 2 * hidden)
        self.cell = nn.LSTMCell(wide + hidden, hidden)
        self.out_in = spectral_norm(nn.Linear(hidden + wide, hidden))
        self.norm_in = nn.LayerNorm(hidden)
        self.out_hidden = spectral_norm(nn.Linear(hidden, hidden))
        self.norm_hidden = nn.LayerNorm(hidden)
        self.out_last = nn.Linear(hidden, modes or COORDINATES)
        if exact_norm:
            parametrize.register_parametrization(self.out_last, "weight", ExactSpectralNorm())
        else:
            spectral_norm(self.out_last)
        self.register_buffer("modes", torch.zeros(COORDINATES, modes) if modes else None)
        self.register_buffer("mean", torch.zeros(COORDINATES))
        self.register_buffer("position_scale", torch.ones(COORDINATES))
        self.register_buffer("velocity_scale", torch.ones(COORDINATES))

    def features(self, x: Tensor, v: Tensor, begun: Tensor) -> Tensor:
        """u, the network's input (B, 272), from positions and velocities in network units."""
        if self.displacement:
            x, v = begun, x - begun
        return torch.cat([(x - self.mean) / self.position_scale, v / self.velocity_scale], dim=-1)

    def pool(self, h: Tensor) -> Tensor:
        """What a sample is told of its pair: the maximum of both, or, in the one-sample ablation, only itself."""
        return batch_pool(h) if self.pair_pool else h

    def start(self, x: Tensor, v: Tensor) -> State:
        """The state before the first step, from the first frame."""
        u = self.features(x, v, x)
        h, c = self.init_out(torch.relu(self.init_in(u))).chunk(2, dim=-1)
        h, c = h.contiguous(), c.contiguous()
        return State(h, c, x, v, self.pool(h), x)

    def maps(self) -> dict[str, DeferredLinear]:
        """The matrices of a step, made once a rollout, without biases."""
        weights = {
            "input": self.cell.weight_ih,
            "hidden": self.cell.weight_hh,
            "out_in": self.out_in.weight,
            "out_hidden": self.out_hidden.weight,
            "out_last": self.out_last.weight,
        }
        narrow = self.narrow and torch.is_grad_enabled()
        return {name: DeferredLinear(weight, narrow) for name, weight in weights.items()}

    def lstm(self, z: Tensor, h: Tensor, c: Tensor, maps: dict[str, DeferredLinear]) -> tuple[Tensor, Tensor]:
        """The cell, PyTorch's gate order: input, forget, candidate, output."""
        gates = maps["input"](z) + maps["hidden"](h) + (self.cell.bias_ih + self.cell.bias_hh)
        i, f, g, o = gates.chunk(4, dim=-1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c

    def velocity(self, h: Tensor, u: Tensor, maps: dict[str, DeferredLinear]) -> Tensor:
        """The output MLP: the next velocity in network units."""
        z = maps["out_in"](torch.cat([h, u], dim=-1)) + self.out_in.bias
        z = nn.functional.leaky_relu(self.norm_in(z), 0.01)
        z = nn.functional.leaky_relu(self.norm_hidden(maps["out_hidden"](z) + self.out_hidden.bias), 0.01)
        made = maps["out_last"](z) + self.out_last.bias
        if self.modes is not None:
            made = made @ self.modes.t()
        return made * self.velocity_scale

    def step(self, state: State, maps: dict[str, DeferredLinear] | None = None) -> State:
        """One frame on: u, LSTM, velocity, integration, batch-pool."""
        maps = maps or self.maps()
        x, v = (passed_back(values, self.feedback_gradient) for values in (state.x, state.v))
        u = self.features(x, v, state.begun)
        h, c = self.lstm(torch.cat([u, state.p], dim=-1), state.h, state.c, maps)
        v = self.velocity(h, u, maps)
        if self.displacement:
            v = state.begun + v - state.x
        return State(h, c, state.x + v, v, self.pool(h), state.begun)

    def rollout(
        self, x: Tensor, v: Tensor, observed: int, frames: int, forced: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Positions and velocities (B, frames, 136) of frames 1 ..., made from frame 0.

        x, v (B, >= observed, 136): while a real frame is there it replaces the made one as the next input (teacher
        forcing on the observed frames); the run is free afterwards. Rows that are `forced` (B,) see real frames to the end.
        """
        state, maps = self.start(x[:, 0], v[:, 0]), self.maps()
        rows = None if forced is None else forced[:, None]
        xs, vs = [], []
        for t in range(1, frames + 1):
            state = self.step(state, maps)
            xs.append(state.x)
            vs.append(state.v)
            if t < observed:
                state = State(state.h, state.c, x[:, t], v[:, t], state.p, state.begun)
            elif rows is not None and t < x.shape[1]:
                next_x, next_v = torch.where(rows, x[:, t], state.x), torch.where(rows, v[:, t], state.v)
                state = State(state.h, state.c, next_x, next_v, state.p, state.begun)
        return torch.stack(xs, dim=1), torch.stack(vs, dim=1)
