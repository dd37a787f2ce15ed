"""Records the sessions of this directory: `python3 record.py [NAME]...`.

Each program runs on a pseudo-terminal of 24 rows and 80 columns in an empty home, is typed its
keys one after the other whenever its output pauses, and is answered what it asks as a terminal
would. What it writes goes to `<name>.raw`, byte for byte. Nothing of the machine that records may
be in it: read it before you commit it.
"""

import fcntl
import os
import pty
import select
import shutil
import socket
import struct
import sys
import tempfile
import termios

ENTER, ESC, F10, TAB, DOWN, UP, RIGHT = "\r", "\x1b", "\x1b[21~", "\t", "\x1bOB", "\x1bOA", "\x1bOC"

SESSIONS = {
    "mc": (["mc", "-u"], [DOWN, DOWN, TAB, "\x1bOR", "\x1b[21~", "\x1b[20~", RIGHT, DOWN, DOWN, ESC + ESC, F10, ENTER]),
    "tmux": (
        ["tmux", "-f", "tmux.conf", "-L", "record", "new", "sh"],
        ["ls\r", "\x02%", "cat notes.txt\r", '\x02"', "printf '\\033[31mred\\033[m \\346\\235\\261\\n'\r", "\x02o", "\x02[", UP, UP, "q", "\x02z", "exit\r", "exit\r", "exit\r"],
    ),
    "dialog": (["dialog", "--colors", "--checklist", "Choose \\Z1some\\Zn", "15", "50", "5", "one", "first", "on", "two", "second", "off", "three", "third", "off"], [DOWN, " ", DOWN, " ", TAB, ENTER]),
    "dialog-gauge": (["sh", "-c", "for n in 0 20 40 60 80 100; do echo $n; done | dialog --gauge Working 8 40"], []),
    "whiptail": (["whiptail", "--title", "Form", "--inputbox", "Your name", "10", "40"], ["Ada L", "\x7f", TAB, TAB, ENTER]),
    "nano": (["nano", "-I", "notes.txt"], ["Hello, world\r", "second line", UP, "\x0b", "\x15", "\x17", "fox" + ENTER, "\x07", "\x18", "\x18", "n"]),
    "less-search": (["less", "notes.txt"], [" ", "/fox\r", "n", "-N\r", "b", "G", "q"]),
    "vim-edit": (["vim", "-u", "NONE", "-N", "--cmd", "syntax on", "main.c"], ["ofoo(1, 2);" + ESC, ":split\r", "Gdd", ":set number\r", "v3j", ESC, "u", ":q!\r", ":q!\r"]),
    "bash": (["bash", "--norc"], ["PS1='$ '; PROMPT_COMMAND=\r", "echo a very long line that has to wrap since the screen is not so wide as it is\r", "for n in 1 2 3; do echo $n; done\x01\x1bf\x1bd\x05\r", "clear\r", "seq 40\r", "\x12seq\r", "exit\r"]),
}

ANSWERS = {b"\x1b[c": b"\x1b[?62;22c", b"\x1b[>c": b"\x1b[>1;276;0c", b"\x1b[6n": b"\x1b[1;1R"}

FILES = {
    "notes.txt": "".join(f"{n:3} The quick brown fox jumps over the lazy dog. 東京 é\n" for n in range(60)),
    "main.c": '#include <stdio.h>\n\n/* A comment. */\nint main(void)\n{\n\tprintf("%d\\n", 42);\n\treturn 0;\n}\n',
    "tmux.conf": "set -g status-right ''\nset -g status-left '[x] '\nset -g default-command 'PS1=\"$ \" sh'\n",
}


def record(name):
    argv, keys = SESSIONS[name]
    home = tempfile.mkdtemp(prefix="record")
    os.mkdir(home + "/src")
    for file, text in FILES.items():
        with open(f"{home}/src/{file}", "w", encoding="utf-8") as out:
            out.write(text)
        os.utime(f"{home}/src/{file}", (1_700_000_000, 1_700_000_000))
    pid, leader = pty.fork()
    if pid == 0:
        os.chdir(home + "/src")
        environment = {
            "HOME": home, "TERM": "xterm-256color", "LANG": "C.UTF-8", "PATH": os.environ["PATH"],
            "TZ": "UTC", "PS1": "$ ", "SHELL": "/bin/sh", "TMUX_TMPDIR": home,
        }
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        os.execvpe(argv[0], argv, environment)
    output = b""
    keys = list(keys)
    while True:
        ready, _, _ = select.select([leader], [], [], 0.7)
        if ready:
            try:
                part = os.read(leader, 65536)
            except OSError:
                break
            if not part:
                break
            output += part
            for question, answer in ANSWERS.items():
                for _ in range(part.count(question)):
                    os.write(leader, answer)
        elif keys:
            os.write(leader, keys.pop(0).encode())
        else:
            os.write(leader, b"\x04")
    os.waitpid(pid, 0)
    shutil.rmtree(home)
    neutral = home.encode()
    output = output.replace(neutral, (b"/home/ada" + b"x" * 99)[: len(neutral)])
    output = output.replace(b"@" + socket.gethostname().encode(), b"@box")
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".raw"), "wb") as out:
        out.write(output)
    print(f"{name}: {len(output)} bytes")


for wanted in sys.argv[1:] or SESSIONS:
    record(wanted)
