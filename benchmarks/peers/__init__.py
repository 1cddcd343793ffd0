"""Other import tools, measured beside ours on the same files; installed by ``python -m benchmarks.peers --setup``."""
