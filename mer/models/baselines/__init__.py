"""Small published networks to compare with, each in a file of its own; `registry` knows them by name."""
