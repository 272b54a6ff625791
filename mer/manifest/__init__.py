"""The clip table (one row a clip) and its label spaces: where every database ends and every later step starts."""
