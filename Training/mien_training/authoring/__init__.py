"""Tracks written by script rather than recorded."""
