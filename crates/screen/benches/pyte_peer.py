"""Feeds standard input to a pyte screen with history and prints the CPU seconds that took.

The first argument is how many times; the first time is not counted.
"""

import sys
import time

import pyte

data = sys.stdin.buffer.read()
for turn in range(int(sys.argv[1]) + 1):
    screen = pyte.HistoryScreen(80, 24, history=1000)
    stream = pyte.ByteStream(screen)
    start = time.process_time()
    for at in range(0, len(data), 65536):
        stream.feed(data[at : at + 65536])
    text = screen.display
    if turn:
        print(time.process_time() - start)
