"""The rules: one module each, with its documentation, what it claims and its rewrite."""
