"""Tests that open the notebooks in JupyterLab in a real browser; `conftest.py` says how to write one."""
