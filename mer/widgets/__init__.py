"""Thin interactive shells around the figures."""
