"""The language server behind ``fixer lsp``: what editors show while one types."""
