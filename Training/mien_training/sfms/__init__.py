"""SFMS: the listener's sparse facial motion (spec/papers.md §2), its training, export and evaluation."""
