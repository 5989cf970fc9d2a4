"""`python -m cardmesh`: the command line without an installed script."""

import sys

from cardmesh.cli import main

sys.exit(main())
