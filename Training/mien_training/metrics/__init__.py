"""What Mien's models are measured by, as the papers' public code computes it, and repaired where that code is wrong."""
