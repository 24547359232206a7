"""A video becomes a track: times, and what is noticed before a frame is read. OpenCV and MediaPipe are made up."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from mien_training.data import video

#: An OpenCV whose videos have as many frames as their file has lines, each with its stamp (ms), at 25 a second.
OPENCV = """
import numpy as np
CAP_PROP_POS_MSEC, CAP_PROP_FPS, CAP_PROP_FRAME_COUNT, COLOR_BGR2RGB = 0, 5, 7, 4
class VideoCapture:
    def __init__(self, path):
        lines = open(path).read().split()
        self.stamps, self.at, self.count = [float(line) for line in lines if line != "damaged"], -1, len(lines)
    def isOpened(self): return bool(self.stamps)
    def get(self, what): return {0: self.stamps[self.at], 5: 25.0, 7: self.count}[what] if self.stamps else 0.0
    def read(self):
        self.at += 1
        return self.at < len(self.stamps), np.zeros((4, 4, 3), np.uint8)
def cvtColor(picture, way): return picture
"""
IMAGES = """
class ImageFormat: SRGB = 1
class Image:
    def __init__(self, *given): pass
"""
#: A MediaPipe that finds a face in all frames but the second, and that counts in whole milliseconds; an asset's word makes it fail.
TASKS = """
import numpy as np
class BaseOptions:
    def __init__(self, model_asset_path=None, base_options=None, **settings):
        self.asset = open(model_asset_path).read() if model_asset_path else base_options.asset
class Found:
    face_blendshapes, facial_transformation_matrixes = [], []
class Category:
    category_name, score = "jawOpen", 0.5
class vision:
    class RunningMode: VIDEO = 1
    class FaceLandmarkerOptions(BaseOptions): pass
    class FaceLandmarker:
        seen = []
        @classmethod
        def create_from_options(cls, options):
            if options.asset == "other": raise RuntimeError("Unable to open zip archive.\\nINVALID_ARGUMENT")
            found = cls()
            found.asset = options.asset
            return found
        def __enter__(self): self.seen.clear(); return self
        def __exit__(self, *error): pass
        def detect_for_video(self, image, milliseconds):
            assert not self.seen or milliseconds > self.seen[-1]
            self.seen.append(milliseconds)
            found = Found()
            if self.asset == "fails": raise RuntimeError("graph has errors")
            if self.asset == "blind": return found
            if self.asset == "flat": found.face_blendshapes = [[Category]]
            if len(self.seen) != 2 and (self.asset != "flat" or len(self.seen) == 1):
                found.face_blendshapes, found.facial_transformation_matrixes = [[Category]], [np.eye(4)]
            return found
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a video, an asset and the two packages are."""
    tasks = tmp_path / "mediapipe" / "tasks" / "python"
    tasks.mkdir(parents=True)
    (tmp_path / "cv2.py").write_text(OPENCV)
    (tmp_path / "mediapipe" / "__init__.py").write_text(IMAGES)
    (tasks.parent / "__init__.py").write_text("")
    (tasks / "__init__.py").write_text(TASKS)
    (tmp_path / "asset.task").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    for name in [n for n in sys.modules if n.split(".")[0] in video.NEEDED]:
        monkeypatch.delitem(sys.modules, name)
    yield tmp_path
    for name in [n for n in sys.modules if n.split(".")[0] in video.NEEDED]:
        del sys.modules[name]


def converted(folder: Path, stamps: list[float], monkeypatch: pytest.MonkeyPatch, **other: str) -> list[list[str]]:
    """The cells of a video with such stamps, or what stops it."""
    (folder / "talk.mp4").write_text("\n".join(map(str, stamps)))
    given = {"video": "talk.mp4", "--asset": "asset.task", "--output": "talk.csv"} | other
    paths = {name: str(folder / value) for name, value in given.items()}
    options = [part for name in ("--asset", "--output") for part in (name, paths[name])]
    monkeypatch.setattr(sys, "argv", ["video", paths["video"], *options])
    video.main()
    return [line.split(",") for line in (folder / "talk.csv").read_text().splitlines()[1:]]


def test_frames_have_their_stamps_where_those_advance(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    cells = converted(folder, [40, 60, 160, 160.02, 161.5], monkeypatch)
    # the fourth is not beyond the third, and the fifth not beyond what it was given instead: 1 / 25 s more each
    assert [row[0] for row in cells] == ["0.0000", "0.0200", "0.1200", "0.1600", "0.2000"]
    assert set(cells[1][1:]) == {""} and "0.5" in cells[0]
    assert capsys.readouterr().out.endswith("talk.csv, 0.2 s, 5 frames, 4 with a face\n")


def test_frames_without_stamps_follow_the_rate(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [row[0] for row in converted(folder, [0, 0, 0, 0], monkeypatch)] == ["0.0000", "0.0400", "0.0800", "0.1200"]


def test_times_keep_four_decimals_in_a_long_video(tmp_path: Path) -> None:
    times = [n / 30 for n in range(301000, 301003)]  # beyond 10,000 s six digits are tenths of a second
    video.write(tmp_path / "long.csv", video.rows(times, [({"jawOpen": 0.1}, np.eye(4))] * 3))
    found = [line.split(",")[0] for line in (tmp_path / "long.csv").read_text().splitlines()[1:]]
    assert found == ["10033.3333", "10033.3667", "10033.4000"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"video": "nope.mp4"}, "VIDEO: .*nope.mp4 is not there"),
        ({"--asset": "nope.task"}, "--asset: .*nope.task is not there"),
        ({"--output": "nope/talk.csv"}, "--output: .*nope/talk.csv is not a file in a folder that is there"),
    ],
)
def test_what_is_missing_is_said_before_a_frame_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys, given: dict[str, str], said: str
) -> None:
    monkeypatch.setattr(video, "detect", lambda *_: pytest.fail("frames were read"))
    with pytest.raises(SystemExit) as stopped:
        converted(folder, [0, 40], monkeypatch, **given)
    assert stopped.value.code == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert re.search(said, line)


def test_a_missing_package_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr(video, "find_spec", lambda name: None)
    with pytest.raises(SystemExit):
        converted(folder, [0, 40], monkeypatch)
    assert "mediapipe and cv2 not installed: pip install mediapipe" in capsys.readouterr().err


def test_what_is_no_video_stops_in_a_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match="talk.mp4: not a video that OpenCV reads$"):
        converted(folder, [], monkeypatch)


@pytest.mark.parametrize(
    ("asset", "said"),
    [
        ("other", "asset.task: not a model asset that MediaPipe reads: Unable to open zip archive. INVALID_ARGUMENT$"),
        ("fails", "talk.mp4: MediaPipe failed: graph has errors$"),
        ("blind", "talk.mp4: no face was found in any of 3 frames$"),
    ],
)
def test_what_mediapipe_makes_nothing_of_stops_in_a_line(folder: Path, monkeypatch: pytest.MonkeyPatch, asset: str, said: str) -> None:
    (folder / "asset.task").write_text(asset)
    with pytest.raises(SystemExit, match=said):
        converted(folder, [0, 40, 80], monkeypatch)
    assert not (folder / "talk.csv").exists()


def test_a_face_without_a_pose_is_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "asset.task").write_text("flat")
    assert [set(row[1:]) == {""} for row in converted(folder, [0, 40, 80], monkeypatch)] == [False, True, True]


def test_frames_that_cannot_be_read_are_told(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    assert len(converted(folder, [0, 40, "damaged"], monkeypatch)) == 2
    assert "talk.mp4: 2 of 3 frames could be read" in capsys.readouterr().err


@pytest.mark.parametrize("other", ["talk.mp4", "asset.task", "link.csv"])
def test_what_is_read_is_not_written_over(folder: Path, monkeypatch: pytest.MonkeyPatch, other: str) -> None:
    (folder / "link.csv").symlink_to(folder / "talk.mp4")
    with pytest.raises(SystemExit):
        converted(folder, [0, 40], monkeypatch, **{"--output": other})
    assert (folder / "talk.mp4").read_text() == "0\n40" and (folder / "asset.task").read_text() == ""
