"""SUHMo, the idle head: an autoregressive GAN of 68 image landmarks (``spec`` of the paper: Airale et al., TMM 2022).

The LSTM variant with the pair mechanism. ``train`` fits it, ``export`` writes ``Models/suhmo.safetensors``, ``idle`` is
the reference for Swift's endless run, ``evaluate`` measures what it makes against held-out people and writes the card.
"""
