"""Faces: landmarks, alignment, AU regions, the aligned store."""
