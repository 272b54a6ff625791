"""Controls that every view is built of: usable by keyboard, named for a screen reader, at home in both themes."""
