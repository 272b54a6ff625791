"""Audit of published predictions: what they score, and what claimed numbers really are."""
