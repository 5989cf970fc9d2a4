import gc

from site_builder.cli import main

if __name__ == "__main__":
    status = main()
    gc.freeze()  # what a build leaves goes with the process: taking it apart first costs a tenth of a large build
    raise SystemExit(status)
