"""Studies and run folders: a notebook, its parameters, its record."""
