"""Face tracks for training: one loader a source, all in the 58 channels at 25 frames a second.

``load_tracks()`` and ``load_dyads()`` read the cache that ``python -m mien_training.data.prepare`` writes.
"""

from .cache import load_dyads, load_tracks
from .channels import BLENDSHAPES, CHANNELS, HEAD, INDEX, mirror_values
from .track import FRAME_RATE, Dyad, Track, data_folder

__all__ = [
    "BLENDSHAPES", "CHANNELS", "HEAD", "INDEX", "FRAME_RATE", "Dyad", "Track", "data_folder", "load_dyads",
    "load_tracks", "mirror_values",
]
