"""`python -m ocrpipe`: the command, where its script is not on the path."""

from ocrpipe.cli import main

main()
