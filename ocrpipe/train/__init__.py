"""Training: what reads the strokes, draws letters of them, and teaches the networks. It joins `nn` and the stages."""
