"""What trainers share: devices, seeds, processes that train together, checkpoints."""
