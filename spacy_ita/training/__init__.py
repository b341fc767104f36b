"""The parts of a training: corpus reader, checkpoints, optimizer, logger and label callback."""
