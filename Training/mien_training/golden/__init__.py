"""Golden pairs: inputs and outputs of every block, computed by PyTorch, NumPy and SciPy for the Swift tests."""
