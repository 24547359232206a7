"""A Mien track from any video of a face: `python -m mien_training.data.video TALK.mp4 --asset face_landmarker.task
--output talk.csv`.

MediaPipe's FaceLandmarker estimates 51 coefficients and the head's pose; its model asset is the user's to name (and to have
the right to use), nothing is downloaded. Needs `pip install mediapipe`, which brings OpenCV (and that the system's libgl1): a
second OpenCV beside it would overwrite it. OpenFace's output and Live Link Face takes need no Python: `mien convert` reads them.
"""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ..run.errors import in_a_line
from .channels import CHANNELS, blendshape_index
from .clips import head_pose

#: MediaPipe has no tongue.
COLUMNS = [name for name in CHANNELS if name != "tongueOut"]
#: Modules that come with MediaPipe's package.
NEEDED = ("mediapipe", "cv2")
#: What two frames are apart at least (s): the detector counts milliseconds.
LEAST = 1e-3


def rows(times: list[float], faces: list[tuple[dict[str, float], np.ndarray] | None]) -> np.ndarray:
    """(T, 1 + 57): seconds and channels, NaN where no face was found; at least one was. A face is its coefficients by
    MediaPipe's names and its face-to-camera matrix (4, 4) in cm; the head's position is told from its median over the video."""
    values = np.full((len(times), 58), np.nan)
    seen = [i for i, face in enumerate(faces) if face is not None]
    for i in seen:
        values[i, :52] = 0
        for name, amount in faces[i][0].items():
            index = blendshape_index(name)
            if index is not None:  # `_neutral` is not a coefficient
                values[i, index] = amount
    values[seen, 52:] = head_pose(np.stack([faces[i][1] for i in seen]))
    chosen = [CHANNELS.index(name) for name in COLUMNS]
    return np.concatenate([np.array(times)[:, None], values[:, chosen]], axis=1)


def write(path: Path, table: np.ndarray) -> None:
    """Mien's track file; an empty cell is a frame without a face. Times have four decimals, however long the video is."""
    with open(path, "w") as file:
        file.write("time_s," + ",".join(COLUMNS) + "\n")
        for row in table:
            cells = ["" if np.isnan(value) else f"{value:.6g}" for value in row[1:]]
            file.write(",".join([f"{row[0]:.4f}", *cells]) + "\n")


def moment(stamp: float, before: float | None, rate: float) -> float:
    """A frame's time (s): its stamp where that is beyond the frame before, as in a video of variable rate; else that frame's
    and one of `rate` a second."""
    if before is None:
        return 0.0
    return stamp if stamp >= before + LEAST else before + max(1 / rate, LEAST)


def detect(video: Path, asset: Path) -> tuple[list[float], list[tuple[dict[str, float], np.ndarray] | None]]:
    """Every frame's time and face."""
    import cv2
    import mediapipe
    from mediapipe.tasks.python import BaseOptions, vision

    options = vision.FaceLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(asset)), running_mode=vision.RunningMode.VIDEO,
        output_face_blendshapes=True, output_facial_transformation_matrixes=True, num_faces=1,
    )
    frames = cv2.VideoCapture(str(video))
    rate = frames.get(cv2.CAP_PROP_FPS)
    if not frames.isOpened() or rate <= 0:
        raise ValueError(f"{video}: not a video that OpenCV reads")
    times, faces, first = [], [], None
    total = int(frames.get(cv2.CAP_PROP_FRAME_COUNT))
    try:
        landmarker = vision.FaceLandmarker.create_from_options(options)
    except (OSError, RuntimeError, ValueError) as error:  # which of them it is differs between MediaPipe's versions
        raise ValueError(f"{asset}: not a model asset that MediaPipe reads: {error}") from error
    with landmarker, tqdm(total=total if total > 0 else None, unit="frame", mininterval=1) as bar:
        while True:
            there, picture = frames.read()
            if not there:
                break
            stamp = frames.get(cv2.CAP_PROP_POS_MSEC) / 1000
            first = stamp if first is None else first
            time = moment(stamp - first, times[-1] if times else None, rate)
            image = mediapipe.Image(mediapipe.ImageFormat.SRGB, cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
            found = landmarker.detect_for_video(image, int(1000 * time + 1e-6))
            times.append(time)
            bar.update()
            # a face too small for a pose has no matrix
            if not found.face_blendshapes or not found.facial_transformation_matrixes:
                faces.append(None)
                continue
            amounts = {c.category_name: c.score for c in found.face_blendshapes[0]}
            faces.append((amounts, np.array(found.facial_transformation_matrixes[0])))
    if len(times) < 0.99 * total:  # a container's count is an estimate
        print(f"note: {video}: {len(times)} of {total} frames could be read, the rest is damaged or missing", file=sys.stderr)
    return times, faces


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video", type=Path)
    parser.add_argument("--asset", type=Path, required=True, help="MediaPipe's face_landmarker.task")
    parser.add_argument("--output", type=Path, required=True, help="the track to write (CSV)")
    arguments = parser.parse_args()
    for name, file in (("VIDEO", arguments.video), ("--asset", arguments.asset)):
        if not file.is_file():
            parser.error(f"{name}: {file} is not there")
    if arguments.output.is_dir() or not arguments.output.parent.is_dir():
        parser.error(f"--output: {arguments.output} is not a file in a folder that is there")
    if arguments.output.exists() and any(arguments.output.samefile(file) for file in (arguments.video, arguments.asset)):
        parser.error(f"--output: {arguments.output} is what is read, expected another file")
    if missing := [module for module in NEEDED if find_spec(module) is None]:
        parser.error(f"{' and '.join(missing)} not installed: pip install mediapipe")
    with in_a_line():
        try:
            times, faces = detect(arguments.video, arguments.asset)
        except RuntimeError as error:  # what MediaPipe raises whatever went wrong in it
            raise ValueError(f"{arguments.video}: MediaPipe failed: {error}") from error
        if not any(faces):
            raise ValueError(f"{arguments.video}: no face was found in any of {len(times)} frames")
        write(arguments.output, rows(times, faces))
    seen = sum(face is not None for face in faces)
    print(f"wrote {arguments.output}, {times[-1]:.1f} s, {len(times)} frames, {seen} with a face")


if __name__ == "__main__":
    main()
