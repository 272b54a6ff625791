"""Micro-expression recognition with FRL-DGT (Zhai et al., CVPR 2023, arXiv 2304.04420)."""

__version__ = "0.1.0"
