"""The plugins that come with ocrpipe: a file a stage, under the rules of a stranger's package."""
