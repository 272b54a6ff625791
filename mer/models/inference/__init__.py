"""A trained model in a form that only answers: the same functions of the input, with fewer and larger operations."""
