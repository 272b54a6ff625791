"""The sample explorer in JupyterLab, as a person uses it."""
