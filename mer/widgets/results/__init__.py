"""Results of a run in linked views."""
