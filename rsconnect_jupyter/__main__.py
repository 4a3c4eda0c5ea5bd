"""``python -m rsconnect_jupyter``: the same as ``jupyter publish``."""

from .cli import main

if __name__ == "__main__":
    main()
