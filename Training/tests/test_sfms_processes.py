"""Two processes train SFMS as one does, an interrupted run goes on as if it had not been, and a step stays on its device."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from two_processes import as_one_of_them, in_two_processes  # noqa: E402

from mien_training.run import processes  # noqa: E402
from mien_training.sfms import train_predictor, train_tokeniser  # noqa: E402
from mien_training.sfms.channels import GROUPS  # noqa: E402
from mien_training.sfms.config import LISTENER, load  # noqa: E402
from mien_training.sfms.dataset import Windows  # noqa: E402
from mien_training.sfms.predictor import Predictor  # noqa: E402
from mien_training.sfms.talk import Talk  # noqa: E402
from mien_training.sfms.tokenise import tokenise  # noqa: E402
from mien_training.sfms.tokeniser import Tokeniser  # noqa: E402
from mien_training.sfms.train_predictor import Batches, PredictorTrainer, reference  # noqa: E402
from mien_training.sfms.train_tokeniser import TokeniserTrainer  # noqa: E402
from mien_training.sfms.trainer import Trainer  # noqa: E402

BOTH = ("tokeniser", "predictor")
#: And a tokeniser whose codes are a learned codebook's.
ALL = (*BOTH, "vq")


def talks(count: int = 2, frames: int = 120) -> list[Talk]:
    """Made-up conversations of slow waves."""
    random = np.random.default_rng(4)
    t = np.arange(frames)[:, None]
    face = lambda: (0.3 + 0.2 * np.sin(t * random.uniform(0.05, 0.3, 58) + random.uniform(0, 6, 58))).astype(np.float32)  # noqa: E731
    sensed = lambda: random.random((frames, 4)).astype(np.float32)  # noqa: E731
    return [Talk(f"p{n}", f"t{n}", (face(), face()), (sensed(), sensed())) for n in range(count)]


def settings(dropout: float = 0.0) -> SimpleNamespace:
    small = dict(dim=16, ff=16, heads=2, dropout=dropout, batch=8, steps=6, check_every=2, lr=1e-3)
    return load(
        tokeniser=small | dict(chooser_dim=8, layers=[1, 1, 1, 1], quantiser_steps=4, check=2, placement="top-k", teach=1.0, teach_until=0.5),
        predictor=small | dict(speaker_layers=1, listener_layers=1, fusion_layers=1, decoder_layers=1, audio={"features": 0}),
    )  # fmt: skip


def trainer(kind: str, dropout: float = 0.0) -> Trainer:
    config, held = settings(dropout), talks()
    if kind == "vq":
        config.tokeniser.levels = None
    windows = Windows(held, [], config.window)
    own = TokeniserTrainer(config, windows, windows)
    if kind != "predictor":
        return own
    frozen = own.slow.eval().requires_grad_(False)
    frozen.placement = "exact"  # targets come from the window alone
    parts = [tokenise(frozen, held, 0, 1)]
    batches = Batches(parts, frozen, config.past)
    torch.manual_seed(config.seed)
    model = Predictor(config.predictor, frozen.codes[0], config.past, config.hop)
    return PredictorTrainer(config, model, batches, reference(batches), {"features": 0, "kind": "none"})


def weights(made: Trainer) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for m in (made.model, made.slow) for p in m.parameters()])


def stepped(kind: str) -> tuple[torch.Tensor, torch.Tensor]:
    """The weights after one step, and the gradients that led there."""
    made = trainer(kind)
    made.step = 100  # beyond the rise of the rates
    made.rates(0.3)
    made.move(made.loss(0.3))
    return weights(made), torch.cat([p.grad.flatten() for p in made.model.parameters() if p.grad is not None])


@pytest.mark.parametrize("kind", ALL)
def test_two_processes_step_as_one_does_on_the_joined_batch(tmp_path: Path, kind: str) -> None:
    first, second = in_two_processes(__file__, tmp_path, kind)
    assert torch.equal(first[0], second[0])
    torch.set_num_threads(1)
    alone, gradients = stepped(kind)
    assert (alone - weights(trainer(kind))).abs().max() > 1e-5
    # Adam's first step is the gradient's sign, so what hardly has a gradient may go either way: few weights, not none.
    assert ((first[0] - alone).abs() > 1e-6).float().mean() < 0.02
    assert (first[1] - gradients).abs().max() < 1e-3 * gradients.abs().max()


@pytest.mark.parametrize("kind", BOTH)
def test_an_interrupted_run_ends_as_an_uninterrupted_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    torch.set_num_threads(1)
    path = tmp_path / "checkpoint.pt"
    whole = trainer(kind, dropout=0.3)
    whole.run(tmp_path / "whole.pt")
    broken = trainer(kind, dropout=0.3)

    def stop(progress: float) -> None:
        raise KeyboardInterrupt

    losses = [broken.loss] * 5 + [stop]  # a checkpoint after step 5, as after each second one
    monkeypatch.setattr(broken, "loss", lambda progress: losses.pop(0)(progress))
    with pytest.raises(KeyboardInterrupt):
        broken.run(path)
    resumed = trainer(kind, dropout=0.3)
    torch.manual_seed(99)  # what was drawn since does not matter
    resumed.resume(path)
    assert resumed.step == 5
    resumed.run(path)
    assert torch.equal(weights(resumed), weights(whole))


def test_minutes_before_an_interruption_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, seen = [0.0], []
    monkeypatch.setattr("mien_training.sfms.trainer.time.monotonic", lambda: clock[0])

    def run(made: Trainer, steps: int) -> None:
        """So many steps of a second each; then it is stopped."""
        loss = made.loss

        def timed(progress: float) -> torch.Tensor:
            if len(seen) == steps:
                raise KeyboardInterrupt
            clock[0] += 1
            seen.append(progress)
            return loss(progress)

        monkeypatch.setattr(made, "loss", timed)
        made.c.steps, made.c.check_every = 1000, 1
        made.run(tmp_path / "checkpoint.pt", minutes=10 / 60)

    with pytest.raises(KeyboardInterrupt):
        run(trainer("tokeniser"), 4)
    clock[0] += 1000  # nobody trains
    resumed = trainer("tokeniser")
    resumed.resume(tmp_path / "checkpoint.pt")
    run(resumed, 1000)
    assert seen == pytest.approx([0.1 * second for second in range(10)])


def test_a_predictor_does_not_go_on_over_another_tokeniser(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    made = trainer("predictor")
    made.save(path)
    made.settings["tokens"] = "abc"
    made.resume(path)  # an older checkpoint does not say
    made.save(path)
    other = trainer("predictor")
    other.settings["tokens"] = "def"
    with pytest.raises(SystemExit, match="tokens was 'abc' there, now it is 'def'"):
        other.resume(path)


def test_a_run_of_other_settings_is_refused_and_a_longer_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    made = trainer("tokeniser")
    made.save(path)
    other = trainer("tokeniser")
    other.settings["tokeniser"]["steps"] = 60
    other.resume(path)
    other.settings["tokeniser"]["lr"] = 1.0
    with pytest.raises(SystemExit, match=r"tokeniser\.lr was 0\.001 there, now it is 1\.0; .*--afresh"):
        other.resume(path)


def test_what_cannot_be_trained_is_said_in_a_line(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr(processes, "count", lambda: 3)
    with pytest.raises(SystemExit, match="tokeniser.batch is 8, expected a multiple of the 3 processes"):
        trainer("tokeniser")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(sys, "argv", ["train_tokeniser", "--device", "cuda"])
    with pytest.raises(SystemExit, match="no CUDA device is there"):
        train_tokeniser.main()
    monkeypatch.setattr(sys, "argv", ["train_predictor", "--config", "nowhere.yaml"])
    with pytest.raises(SystemExit):
        train_predictor.main()
    assert "nowhere.yaml is not there" in capsys.readouterr().err


def test_what_is_trained_is_not_trained_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, data = tmp_path / "checkpoint.pt", talks()
    monkeypatch.setattr(train_tokeniser, "part", lambda name, source, **_: (data, []))
    first = train_tokeniser.train(settings(), path)
    before = path.read_bytes()
    again = train_tokeniser.train(settings(), path)
    assert path.read_bytes() == before
    assert all(torch.equal(a, b) for a, b in zip(first.state_dict().values(), again.state_dict().values()))
    config = settings()
    config.seed += 1
    with pytest.raises(SystemExit, match="seed was 11 there, now it is 12"):
        train_tokeniser.train(config, path)
    afresh = train_tokeniser.train(config, path, afresh=True)
    assert not torch.equal(afresh.decoder_head.weight, first.decoder_head.weight)


def test_tokens_of_another_tokeniser_are_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIEN_WORK", str(tmp_path))
    made, data = trainer("tokeniser").slow.eval(), talks()
    made.placement = "exact"
    config = settings()
    targets = lambda: train_predictor.tokenised(config, made, data, data)[1].targets  # noqa: E731
    first = targets()
    assert not list(tmp_path.glob("*.part"))
    monkeypatch.setattr(train_predictor, "tokenise", lambda *_: pytest.fail("made again"))
    assert np.array_equal(targets(), first)
    monkeypatch.setattr(train_predictor, "tokenise", tokenise)
    made.quantisers[1].encode_skip.bias += 0.5
    assert not np.array_equal(targets(), first)
    begun = []
    monkeypatch.setattr(train_predictor, "tokenise", lambda *given: begun.append(given[2]) or tokenise(*given))
    config.predictor.phases = [0, 3]
    targets()
    targets()
    assert begun == [0, 3, 0]  # once, and the held-out talks with them
    monkeypatch.setattr(train_predictor, "neutral", lambda source, train: np.zeros(58, np.float32))
    monkeypatch.setattr(train_predictor, "mirrors", lambda source: True)
    config.data = "react2024:/data/REACT2024"
    targets()
    assert begun == 2 * [0, 3, 0]


def test_the_full_size_is_the_papers() -> None:
    """spec/papers.md §2.2, §2.3: 256 wide, four stacks of three layers, 8 heads, FF 1024, 9.6 M parameters with the chooser; 40 + 40
    history tokens, all rows of a block at once."""
    config = load(LISTENER.with_name("full.yaml"))
    c = config.tokeniser
    assert (c.dim, c.heads, c.ff, c.layers, c.placement) == (256, 8, 1024, [3, 3, 3, 3], "top-k")
    assert sum(p.numel() for p in Tokeniser(c, config.window).parameters()) == pytest.approx(9.6e6, rel=0.1)
    assert config.sampling == load().sampling and c.levels == load().tokeniser.levels
    config.predictor.audio.features = 0
    model = Predictor(config.predictor, 240, config.past, config.hop, len(GROUPS))
    motion, tokens = torch.zeros(1, 40, 62), torch.zeros(1, 40, 5, dtype=torch.long)
    assert model.encode_listener(motion, tokens).shape == model.speaker(torch.zeros(1, 40, 15)).shape == (1, 40, 256)
    assert len(model.decoder_layers) == len(model.fusion_stack.layers) == 3 and not model.is_sequential


@pytest.mark.parametrize(("kind", "placement"), [("tokeniser", p) for p in ("top-k", "path", "coded")] + [("predictor", None)])
def test_a_loss_stays_on_its_device(kind: str, placement: str | None) -> None:
    """Without a GPU: tensors that have shapes and a device but no numbers. An operation over two devices fails."""
    from torch._subclasses.fake_tensor import FakeTensorMode

    made = trainer(kind, dropout=0.1)
    made.model.placement = placement
    with FakeTensorMode(allow_non_fake_inputs=True):
        there = lambda x: torch.empty(x.shape, dtype=x.dtype, device="cuda")  # noqa: E731
        made.device = torch.device("cuda")
        for module in made.model.modules():
            module._parameters |= {n: torch.nn.Parameter(there(p), p.requires_grad) for n, p in module._parameters.items() if p is not None}
            module._buffers |= {n: there(b) for n, b in module._buffers.items() if b is not None}
        for name, value in vars(made).items():
            if isinstance(value, torch.Tensor):
                setattr(made, name, there(value))
        loss = made.loss(0.3)
        assert loss.device.type == "cuda" and loss.requires_grad


if __name__ == "__main__":
    as_one_of_them(stepped)
