"""The sample explorer: clips of a store, frame by frame."""
