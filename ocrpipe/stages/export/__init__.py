"""The formats that ocrpipe writes itself, a file a format. Modules that begin with an underscore help them."""
