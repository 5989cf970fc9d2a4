"""One module per kind of goods behind `base.Kind`; `registry` finds it."""
