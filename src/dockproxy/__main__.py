"""``python3 -m dockproxy``."""

import sys

from dockproxy.cli import main

if __name__ == "__main__":
    sys.exit(main())
