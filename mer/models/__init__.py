"""Networks and losses. Nothing here reads a file."""
