"""Themes in, a website out.

Owns the snapshot format, the theme contract, rendering, the checker and the published form of a store's pages.
Leaves to others where a snapshot comes from, who may publish, and how the bytes reach a browser: nothing here
knows a database, a web framework or a cloud. Start reading at `build.build`, then `target.Site`.
"""

ENGINE_VERSION = "1.0.0"
