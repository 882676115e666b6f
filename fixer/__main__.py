"""``python -m fixer``: the same as the command ``fixer``."""

from fixer.cli import main

if __name__ == "__main__":
    main()
