"""What trainers share: devices, processes that train together, what they draw, checkpoints."""
