"""What every layer may use: errors, safe file writing, progress, seeds."""
