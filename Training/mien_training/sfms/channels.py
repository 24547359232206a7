"""Names and groups of the 58 face channels, and the features that are made of what is sensed of a speaker."""

from __future__ import annotations

import numpy as np

from ..data.channels import BLENDSHAPES, INDEX

SMILE = [INDEX["mouthSmileLeft"], INDEX["mouthSmileRight"]]
CHEEK = [INDEX["cheekSquintLeft"], INDEX["cheekSquintRight"]]

# One token a keyframe and group. The four channels that the conversations really hold have a group of their own.
GROUPS: dict[str, list[int]] = {
    "brow_eye": [i for i, n in enumerate(BLENDSHAPES) if n.startswith(("eye", "brow"))],
    "smile": SMILE + CHEEK,
    "mouth_jaw": [
        i
        for i, n in enumerate(BLENDSHAPES)
        if not n.startswith(("eye", "brow", "mouthSmile", "cheekSquint"))
    ],
    "rotation": [52, 53, 54],
    "translation": [55, 56, 57],
}
GROUP_NAMES = list(GROUPS)

# What a listener and a study can have: one mask for the whole face, the spec's four, the five that ship, one a channel.
SCHEMES: dict[str, list[list[int]]] = {
    "1": [list(range(58))],
    "4": [GROUPS["brow_eye"], sorted(GROUPS["smile"] + GROUPS["mouth_jaw"]), GROUPS["rotation"], GROUPS["translation"]],
    "5": [list(group) for group in GROUPS.values()],
    "58": [[channel] for channel in range(58)],
}

# Channels of a person that the predictor reads, in the order of a `Sensed` array's last axis.
SENSED = ["smile", "cheek", "motion_energy", "gaze_region"]
EXPRESSION_FEATURES = [
    "smile", "smile_mean_4s", "smile_mean_16s", "cheek", "cheek_mean_4s", "cheek_mean_16s", "has_smile", "has_cheek",
]
BODY_FEATURES = ["motion", "motion_mean_4s", "gaze_left", "gaze_middle", "gaze_right", "has_motion", "has_gaze"]
# Running means of the listener's own smile and cheek, beside its 58 channels.
LISTENER_EXTRAS = ["smile_mean_4s", "smile_mean_16s", "cheek_mean_4s", "cheek_mean_16s"]

FAST = 1.0 / 100.0  # rate of a running mean of 4 s at 25 fps
SLOW = 1.0 / 400.0  # 16 s

# log(1 + motion energy) before anything is known of a recording, and how many frames that belief weighs.
MOTION_PRIOR_MEAN = 5.5
MOTION_PRIOR_STD = 2.5
MOTION_PRIOR_FRAMES = 250.0


def smile_groups(groups: list[list[int]]) -> list[int]:
    """The groups that hold the smile: one, or one a side where every channel has its own."""
    return [n for n, channels in enumerate(groups) if not set(SMILE).isdisjoint(channels)]


def head_groups(groups: list[list[int]]) -> list[int]:
    """The groups that are of the head's pose alone."""
    return [n for n, channels in enumerate(groups) if min(channels) >= len(BLENDSHAPES)]


class SpeakerFeatures:
    """What a stream knows of a speaker: running means and the running scale of the motion energy.

    ``push`` takes arrays of shape (streams,) and gives the 8 + 7 features. A channel that is not sensed gives zeros
    and leaves its running values alone. `Sources/Motion/SFMS/SpeakerFeatures.swift` is the twin.
    """

    def __init__(self, streams: int):
        self.started = np.zeros((2, streams), bool)
        self.fast = np.zeros((3, streams), np.float32)
        self.slow = np.zeros((2, streams), np.float32)
        self.count = np.full(streams, MOTION_PRIOR_FRAMES, np.float64)
        self.mean = np.full(streams, MOTION_PRIOR_MEAN, np.float64)
        self.square = np.full(streams, MOTION_PRIOR_STD**2 * MOTION_PRIOR_FRAMES, np.float64)

    def push(self, sensed: np.ndarray, present: np.ndarray) -> np.ndarray:
        """``sensed`` (streams, 4) raw values, ``present`` (streams, 4) of 0 or 1 -> (streams, 15)."""
        sensed = np.where(present > 0, sensed, 0).astype(np.float32)
        out = np.zeros((len(sensed), 15), np.float32)
        for channel in range(2):
            here = present[:, channel] > 0
            value = sensed[:, channel]
            first = here & ~self.started[channel]
            self.started[channel] |= here
            for means, rate in ((self.fast, FAST), (self.slow, SLOW)):
                moved = np.where(first, value, means[channel] + np.float32(rate) * (value - means[channel]))
                means[channel] = np.where(here, moved, means[channel])
            out[:, 3 * channel] = value
            out[:, 3 * channel + 1] = np.where(here, self.fast[channel], 0)
            out[:, 3 * channel + 2] = np.where(here, self.slow[channel], 0)
            out[:, 6 + channel] = here
        here = present[:, 2] > 0
        value = np.log1p(np.maximum(sensed[:, 2].astype(np.float64), 0))
        self.count += here
        step = np.where(here, value - self.mean, 0)
        self.mean += step / self.count
        self.square += step * np.where(here, value - self.mean, 0)
        scaled = ((value - self.mean) / np.sqrt(self.square / self.count)).astype(np.float32)
        self.fast[2] += np.float32(FAST) * np.where(here, scaled - self.fast[2], 0)
        out[:, 8] = np.where(here, scaled, 0)
        out[:, 9] = np.where(here, self.fast[2], 0)
        region = np.rint(sensed[:, 3])
        here_gaze = present[:, 3] > 0
        for index in range(3):
            out[:, 10 + index] = here_gaze & (region == index + 1)
        out[:, 13] = here
        out[:, 14] = here_gaze
        return out
