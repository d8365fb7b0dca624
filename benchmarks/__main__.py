"""`make bench` and `python -m benchmarks`."""

if __name__ == "__main__":
    # here, because the processes of the rivals load this file, too, and are not to carry what they do not use
    import sys

    from benchmarks.command import main

    sys.exit(main())
