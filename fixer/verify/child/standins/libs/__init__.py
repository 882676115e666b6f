"""Small libraries in the place of those that are not installed, loaded under the names that they stand for.

Each is a module or package of its own; ``standins.missing`` finds them by name. They hold what training scripts use
most, and say (``standins.note``) that they were used.
"""
