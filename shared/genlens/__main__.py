"""``python -m genlens``: the same as the command ``genlens``."""

import sys

from genlens.cli.main import main

sys.exit(main())
