"""Training, export and evaluation of Mien's motion models (PyTorch). See ``Training/README.md``."""
