"""Rows of SUHMo's tables get the paper's own figures from the user's networks, and the page shows them."""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from mien_training.metrics import networks  # noqa: E402
from mien_training.suhmo import tables  # noqa: E402
from mien_training.suhmo.tables import FLOOR, Measure, keep_networks, networked  # noqa: E402

STARTS = 4


class Spaces:
    """Distances that nobody asks for here."""

    def distances(self, *_: object) -> dict[str, float]:
        return {"40 frames": 1.0}

    def terms(self, *_: object) -> tuple[float, float]:
        return (0.5, 0.5)


def network(path: Path, scale: float) -> Path:
    """A TorchScript file: how far down its pictures are lit, in their first two channels."""

    class Middle(torch.nn.Module):
        def __init__(self, scale: float):
            super().__init__()
            self.scale = scale

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            lit = (x.mean(dim=2) if x.dim() == 5 else x).mean(dim=3)
            return (lit * torch.arange(lit.size(2))).sum(dim=2)[:, :2] * self.scale

    torch.jit.script(Middle(scale)).save(str(path))
    return path


class Drawn:
    """A study of one complete run, `mle-2`, measured from a few real starts that are noise."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path):
        self.arguments = argparse.Namespace(
            output=folder / "suhmo", study=folder / "study", pictures=None, shipped=False, stride=80, i3d=None, inception=None, tracks=None
        )
        (folder / "study" / "mle-2").mkdir(parents=True)
        (folder / "study" / "mle-2" / "done").touch()
        self.generated = 0
        noise = np.random.default_rng(1)
        real = {n: [0.1 * noise.normal(size=(41, 136)) for _ in range(STARTS)] for n in tables.RUNS}
        faces = noise.uniform(size=(STARTS, 68, 2))

        def begin(measured: Measure, arguments: argparse.Namespace) -> None:
            measured.arguments, measured.spaces, measured.found, measured.drawn = arguments, Spaces(), {}, {}
            measured.begun, measured.strangers, measured.pool = [None] * STARTS, np.arange(STARTS) > 1, []
            measured.real, measured.faces, measured.networks = real, faces, None
            if arguments.i3d or arguments.inception:
                measured.networks = networks.Networks(arguments.i3d, arguments.inception)
                measured.seen = {n: measured.networks.features(measured.squares(real[n])) for n in tables.RUNS}

        def references(measured: Measure) -> None:
            halves = [0, 2], [1, 3]
            first, second = ({n: [real[n][i] for i in half] for n in tables.RUNS} for half in halves)
            measured.add(FLOOR, first, second, **measured.halved(*halves))

        def runs(*_: object) -> dict[int, list[np.ndarray]]:
            self.generated += 1
            return {n: [part + 0.2 for part in real[n]] for n in tables.RUNS}

        monkeypatch.setattr(Measure, "__init__", begin)
        monkeypatch.setattr(Measure, "references", references)
        monkeypatch.setattr(Measure, "runs", runs)
        monkeypatch.setattr(tables.export, "write", lambda *_: (None, 7))
        monkeypatch.setattr(tables, "digest", lambda _: "weights")
        monkeypatch.setattr(tables, "played", lambda _: {})
        monkeypatch.setattr(tables.checkpoint, "needed", lambda *_, **__: None)

    def measure(self, **asked: Path) -> dict[str, dict]:
        found = tables.measure(argparse.Namespace(**vars(self.arguments) | asked))
        self.arguments.output.with_suffix(".json").write_text(json.dumps(found))
        return found


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Drawn:
    return Drawn(monkeypatch, tmp_path)


def test_a_known_row_is_measured_when_it_lacks_a_figure_of_the_networks_that_are_named(drawn: Drawn, tmp_path: Path) -> None:
    inception, i3d = network(tmp_path / "inception.pt", 1.0), network(tmp_path / "i3d.pt", 1.0)
    assert "networks 40" not in drawn.measure()["mle-2"] and drawn.generated == 1
    drawn.measure()
    assert drawn.generated == 1  # the same weights: nothing new
    row = drawn.measure(inception=inception)["mle-2"]
    assert drawn.generated == 2 and list(row["networks 40"]) == list(row["networks 80"]) == ["FID", "t-FID"]
    drawn.measure(inception=inception)
    assert drawn.generated == 2  # it has them now
    row = drawn.measure(i3d=i3d)["mle-2"]
    assert drawn.generated == 3 and set(row["networks 40"]) == {"FVD", "FID", "t-FID"}  # what it had, it keeps
    drawn.measure(i3d=network(tmp_path / "another.pt", 2.0))
    assert drawn.generated == 4  # another network's figures are not this one's


def test_a_row_without_one_of_its_runs_figures_lacks_it() -> None:
    files = {"FVD": "a"}
    row = {"networks": files, "networks 40": {"FVD": 1.0}, "networks 80": {"FVD": 1.0}}
    assert not tables.lacks(row, files) and not tables.lacks(row, {})
    assert tables.lacks(row | {"networks 80": {}}, files) and tables.lacks(row, {"FVD": "b"}) and tables.lacks({}, files)


def test_the_floor_of_real_halves_is_measured_through_the_networks(drawn: Drawn, tmp_path: Path) -> None:
    found = drawn.measure(inception=network(tmp_path / "inception.pt", 1.0), i3d=network(tmp_path / "i3d.pt", 1.0))
    for n in ("40", "80"):
        floor, row = found[FLOOR][f"networks {n}"], found["mle-2"][f"networks {n}"]
        assert all(0 < floor[figure] < row[figure] for figure in ("FVD", "FID", "t-FID"))
    assert found[FLOOR]["starts"] == 2
    assert set(drawn.measure()[FLOOR]["networks 40"]) == {"FVD", "FID", "t-FID"}  # kept, as the run's are


def test_halves_are_made_of_whole_runs(drawn: Drawn) -> None:
    measured = Measure(drawn.arguments)
    measured.networks = argparse.Namespace(files={"FID": "a"})
    values = np.repeat([[0.0], [10.0], [2.0], [12.0]], 40, axis=0)  # 40 frames a run, run by run
    measured.seen = {n: {"FID": values} for n in tables.RUNS}
    assert measured.halved([0, 2], [1, 3])["networks 40"]["FID"] == pytest.approx(100, abs=1e-4)  # means 1 and 11, like variances


def rows(**figures: float) -> dict:
    return {"networks": {name: "a" for name in figures}, **{f"networks {n}": figures for n in (40, 80)}}


def test_the_page_shows_the_networks_figures_of_rows_that_have_them() -> None:
    found = {FLOOR: rows(FVD=1.0, FID=2.0), "standing still": {}, "shipped": rows(FVD=3.0), "mle-1": rows(FVD=4.0, FID=5.0)}
    found |= {"mle-2": rows(FVD=6.0, FID=5.0), "delta-1": {"starts": 3}}
    said = networked(found)
    assert "| | seeds | 40: FVD | 40: FID | 80: FVD | 80: FID |\n" in said
    assert f"| {FLOOR} |  | 1.00 | 2.00 | 1.00 | 2.00 |\n| shipped |  | 3.00 | – | 3.00 | – |\n" in said
    assert "| mle | 2 | 5.00 ± 1.41 | 5.00 ± 0.00 | 5.00 ± 1.41 | 5.00 ± 0.00 |" in said
    assert "standing" not in said and "delta" not in said
    assert networked({FLOOR: {"starts": 3}, "mle-1": {}}) == ""


def test_figures_of_another_file_are_not_put_beside_the_floor() -> None:
    other = rows(FVD=3.0) | {"networks": {"FVD": "b"}}
    assert "mle" not in networked({FLOOR: rows(FVD=1.0), "mle-1": other})


def test_rows_of_other_weights_keep_nothing() -> None:
    known = {"mle-1": {"weights": "a", "starts": 4} | rows(FVD=1.0)}
    found = {"mle-1": {"weights": "b", "starts": 4}, "mle-2": {"weights": "a", "starts": 4}}
    keep_networks(found, known)
    assert found == {"mle-1": {"weights": "b", "starts": 4}, "mle-2": {"weights": "a", "starts": 4}}


def test_the_networks_part_is_written_into_the_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "suhmo.json").write_text(json.dumps({FLOOR: rows(FVD=1.0)}))
    monkeypatch.setattr(tables, "page", lambda *_: "# SUHMo\n")
    monkeypatch.setattr(tables, "table", lambda *_: "")
    monkeypatch.setattr(sys, "argv", ["tables", "--again", "--output", str(tmp_path / "suhmo")])
    tables.main()
    written = (tmp_path / "suhmo.md").read_text()
    assert written.startswith("# SUHMo\n") and "40: FVD | 80: FVD |" in written


def test_a_file_that_is_no_network_is_named(tmp_path: Path) -> None:
    (tmp_path / "i3d.pt").write_text("weights")
    with pytest.raises(ValueError, match="i3d.pt: not a TorchScript file$"):
        networks.Networks(i3d=tmp_path / "i3d.pt")
