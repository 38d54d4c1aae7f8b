"""`python -m jianwei`: the command line, where the script `jianwei` is not on the path."""

from jianwei.cli.main import run

if __name__ == "__main__":
    run()
