"""``python -m mer``: the command line of the Python that is asked, whatever stands on PATH."""

from mer.cli.main import main

if __name__ == "__main__":
    main(prog_name="mer")
