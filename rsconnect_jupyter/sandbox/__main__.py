"""``python -m rsconnect_jupyter.sandbox``."""

import sys

from .server import main

sys.exit(main())
