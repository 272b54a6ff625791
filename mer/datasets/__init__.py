"""Databases: clips and their frames on disk, released, synthetic, or as motion maps."""
