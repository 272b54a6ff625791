"""The embedded synthetic database: rendered heads that make micro-expressions whose displacement is known exactly."""
