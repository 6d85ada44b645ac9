import sys

sys.exit("this package wants to stop")
