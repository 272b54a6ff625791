"""Folders that imitate the releases of the databases: their names, sheets and oddities, filled with rendered frames.

The videos are under licence and cannot be had for testing. `plans` says which clips a release holds, `casme2`, `samm`,
`smic`, `smic_long` and `others` write them to disk, `pictures` fills the frames, `small` makes plans from the synthetic
database, `plant` spoils what was written. Nothing in here is a frame, a sheet or a text of a release.
"""
