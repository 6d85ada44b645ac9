"""Stands for an engine of a hundred megabytes: whoever imports it has paid."""

LETTER = "E"
