"""Published ways to find an apex, one a file, each a curve over the frames of a clip and a rule for its top."""
