"""A Mien track from any video of a face: `python -m mien_training.data.video TALK.mp4 --asset face_landmarker.task
--output talk.csv`.

MediaPipe's FaceLandmarker estimates 51 coefficients and the head's pose; its model asset is the user's to name (and to have
the right to use), nothing is downloaded. Needs `pip install mediapipe opencv-python-headless`. OpenFace's output and Live
Link Face takes need no Python: `mien convert` reads them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from .channels import CHANNELS, blendshape_index
from .clips import head_pose

#: MediaPipe has no tongue.
COLUMNS = [name for name in CHANNELS if name != "tongueOut"]


def rows(times: list[float], faces: list[tuple[dict[str, float], np.ndarray] | None]) -> np.ndarray:
    """(T, 1 + 57): seconds and channels, NaN where no face was found. A face is its coefficients by MediaPipe's names and
    its face-to-camera matrix (4, 4) in cm; the head's position is told from its median over the video."""
    values = np.full((len(times), 58), np.nan)
    seen = [i for i, face in enumerate(faces) if face is not None]
    if not seen:
        raise ValueError("no face was found in any frame")
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
    """Mien's track file; an empty cell is a frame without a face."""
    with open(path, "w") as file:
        file.write("time_s," + ",".join(COLUMNS) + "\n")
        for row in table:
            file.write(",".join("" if np.isnan(value) else f"{value:.6g}" for value in row) + "\n")


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
    times, faces = [], []
    with vision.FaceLandmarker.create_from_options(options) as landmarker:
        while True:
            there, picture = frames.read()
            if not there:
                break
            time = len(times) / rate
            image = mediapipe.Image(mediapipe.ImageFormat.SRGB, cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
            found = landmarker.detect_for_video(image, int(1000 * time))
            times.append(time)
            if not found.face_blendshapes:
                faces.append(None)
                continue
            amounts = {c.category_name: c.score for c in found.face_blendshapes[0]}
            faces.append((amounts, np.array(found.facial_transformation_matrixes[0])))
    return times, faces


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video", type=Path)
    parser.add_argument("--asset", type=Path, required=True, help="MediaPipe's face_landmarker.task")
    parser.add_argument("--output", type=Path, required=True, help="the track to write (CSV)")
    arguments = parser.parse_args()
    if not arguments.asset.exists():
        parser.error(f"--asset: {arguments.asset} is not there")
    write(arguments.output, rows(*detect(arguments.video, arguments.asset)))


if __name__ == "__main__":
    main()
