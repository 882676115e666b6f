"""Find, repair and prove the silent bugs of PyTorch training scripts."""

__version__ = "0.1.0"
