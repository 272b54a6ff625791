"""Fitting: pairs, pretraining, folds, checkpoints."""
