"""Mends words that were misread, by a word list and the alternatives that the classifier itself offered."""
