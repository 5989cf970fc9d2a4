"""A stranger's theme where it can do no harm: checked and built by a child process with limits.

The child gets its input on stdin and answers on stdout. Before it looks at a template it gives up the rest: it can
open no file and no socket (there is no number left for another descriptor), write no byte to a disk, gain no
privilege, and it ends when its processor time, memory or patience of its parent is used up. Its environment is empty.
What it sends back is data that the parent checks, never something to be run.
"""

from site_builder.apart.limits import limit
from site_builder.apart.parent import Budget, Inspected, build_apart, check_apart, inspect_apart, page_apart

__all__ = ["Budget", "Inspected", "build_apart", "check_apart", "inspect_apart", "limit", "page_apart"]
