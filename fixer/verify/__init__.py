"""Smoke training: runs a script as it was and as rewritten for a few steps, and judges what the two runs did."""
