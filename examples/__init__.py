"""Sheets as suppliers send them, and the demo world that reads them (README.md, `python -m examples.make`)."""
