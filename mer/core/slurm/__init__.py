"""Jobs of a SLURM cluster: asked for, watched, found again. Nothing here changes what a run computes."""
