"""The formats that ocrpipe writes itself, a file a format: `text`, `json` and `overlay`."""
