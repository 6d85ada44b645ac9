raise ImportError("a preset is read without importing its package")
