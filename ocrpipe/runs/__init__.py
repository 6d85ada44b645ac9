"""A run over many documents: what is to be done, who does it in which process, and what was done before.

`job` is what an `execute` plugin is given; `feed` cuts documents into runs of pages and brings what comes of them back
into order; `pool` and `child` are the two ends of a worker process; `journal` is what a folder of results remembers.
"""
