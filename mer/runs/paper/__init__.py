"""Figures for a paper: which there are, and how each is drawn from a run."""
