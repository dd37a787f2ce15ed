"""pexpect, one measurement in each process.

    pexpect_peer.py VARIANT stream COUNT PATTERN... PROGRAM ARGUMENT...
    pexpect_peer.py VARIANT round-trips COUNT
    pexpect_peer.py VARIANT spawn COUNT
    pexpect_peer.py VARIANT idle MILLISECONDS

VARIANT is `pexpect` as it comes, or `pexpect-tuned` with everything set for speed. Answers are lines
of a name and a number.
"""

import os
import sys
import time

import pexpect

PONG = rb"ping-\d+-pong\r\n"
WARM_UP = 20
TUNED = {"searchwindowsize": 200, "maxread": 65536}


def resident():
    """The largest resident size so far, in bytes."""
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    raise RuntimeError("no VmHWM")


def say(**figures):
    for name, figure in figures.items():
        print(name, figure)


def stream(options, patterns, program, arguments):
    started = time.perf_counter()
    child = pexpect.spawn(program, arguments, timeout=None, **options)
    compiled = child.compile_pattern_list([pattern.encode() for pattern in patterns])
    index = child.expect_list(compiled)
    seconds = time.perf_counter() - started
    start = len(child.before)
    say(
        seconds=seconds,
        pattern=index,
        start=start,
        end=start + len(child.after),
        cpu=time.process_time(),
        resident=resident(),
    )


def round_trips(options, tuned, count):
    child = pexpect.spawn("cat", echo=False, **options)
    if tuned:
        child.delaybeforesend = None
    compiled = child.compile_pattern_list([PONG])
    for number in range(WARM_UP + count):
        line = f"ping-{number:06}-pong"
        started = time.perf_counter()
        child.sendline(line)
        child.expect_list(compiled)
        seconds = time.perf_counter() - started
        if child.after != line.encode() + b"\r\n":
            raise RuntimeError(f"another answer: {child.after}")
        if number >= WARM_UP:
            say(sample=seconds)


def spawn(options, count):
    for _ in range(count):
        started = time.perf_counter()
        child = pexpect.spawn("true", **options)
        child.expect(pexpect.EOF)
        child.wait()
        say(sample=time.perf_counter() - started)


def idle(options, milliseconds):
    cpu, started = time.process_time(), time.perf_counter()
    child = pexpect.spawn("cat", **options)
    if child.expect([pexpect.TIMEOUT, PONG], timeout=milliseconds / 1000) != 0:
        raise RuntimeError("did not wait")
    say(cpu=time.process_time() - cpu, seconds=time.perf_counter() - started)


def main():
    variant, case, count, *rest = sys.argv[1:]
    tuned = {"pexpect": False, "pexpect-tuned": True}[variant]
    options = TUNED if tuned else {}
    count = int(count)
    if case == "stream":
        stream(options, rest[:count], rest[count], rest[count + 1 :])
    elif case == "round-trips":
        round_trips(options, tuned, count)
    elif case == "spawn":
        spawn(options, count)
    elif case == "idle":
        idle(options, count)
    else:
        raise SystemExit(f"no case {case}")
    # Letting go of the program takes pexpect long, which is not what is measured.
    sys.stdout.flush()
    os._exit(0)


main()
