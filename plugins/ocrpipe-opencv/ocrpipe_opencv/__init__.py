"""The slower built-in stages of ocrpipe, done by OpenCV; each gives the built-in's result to within a tolerance."""
