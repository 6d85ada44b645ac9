import os

os._exit(0)  # no exception handler sees this
