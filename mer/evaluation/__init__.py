"""Scores from predictions tables, and from nothing else."""
