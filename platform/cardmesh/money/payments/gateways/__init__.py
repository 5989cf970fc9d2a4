"""One module per payment provider behind `base.Gateway`; `registry` finds the one that is configured."""
