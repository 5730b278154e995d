"""`python -m training`: see `training.cli.main`."""

from __future__ import annotations

import sys

from training.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
