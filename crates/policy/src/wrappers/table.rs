//! The options of the programs that run another, as far as finding that other one needs them.
//!
//! Sources: the manual pages of GNU coreutils 9, util-linux 2.38, findutils 4.9, sudo 1.9, OpenDoas
//! 6.8, strace 6, rlwrap 0.46 and tini 0.19; for the builtins, POSIX.1-2024 (XCU 2.15).

/// How to find the command among the arguments of one family of wrappers.
pub(super) struct Wrapper {
    pub(super) names: &'static [&'static str],
    /// Options of one letter that take no value.
    pub(super) flags: &'static str,
    /// Options of one letter that take a value, in the same argument or the next.
    pub(super) valued: &'static str,
    /// Long options that take a value in the next argument when they have no `=`.
    pub(super) long_valued: &'static [&'static str],
    /// Long options that take no value.
    pub(super) long_flags: &'static [&'static str],
    /// Operands before the command, such as the duration of `timeout`.
    pub(super) operands: usize,
    /// Whether `NAME=value` may stand before the command.
    pub(super) assignments: bool,
}

const PLAIN: Wrapper = Wrapper {
    names: &[],
    flags: "",
    valued: "",
    long_valued: &[],
    long_flags: &[],
    operands: 0,
    assignments: false,
};

/// Every family of wrappers whose options are known.
pub(super) const WRAPPERS: &[Wrapper] = &[
    Wrapper {
        names: &["env"],
        flags: "i0v-",
        valued: "uC",
        long_valued: &["unset", "chdir"],
        long_flags: &[
            "ignore-environment",
            "null",
            "debug",
            "block-signal",
            "default-signal",
            "ignore-signal",
            "list-signal-handling",
        ],
        assignments: true,
        ..PLAIN
    },
    Wrapper {
        names: &["nice"],
        flags: "0123456789",
        valued: "n",
        long_valued: &["adjustment"],
        ..PLAIN
    },
    Wrapper {
        names: &["ionice"],
        flags: "t",
        valued: "cn",
        long_valued: &["class", "classdata"],
        long_flags: &["ignore"],
        ..PLAIN
    },
    Wrapper {
        names: &["timeout"],
        flags: "vfp",
        valued: "ks",
        long_valued: &["kill-after", "signal"],
        long_flags: &["foreground", "preserve-status", "verbose"],
        operands: 1,
        ..PLAIN
    },
    Wrapper {
        names: &["sudo"],
        flags: "AbEHknPSBNsi",
        valued: "CDghpRrTtuU",
        long_valued: &[
            "close-from",
            "chdir",
            "group",
            "host",
            "prompt",
            "chroot",
            "role",
            "command-timeout",
            "type",
            "user",
            "other-user",
        ],
        long_flags: &[
            "askpass",
            "background",
            "bell",
            "preserve-env",
            "set-home",
            "login",
            "shell",
            "non-interactive",
            "preserve-groups",
            "stdin",
            "reset-timestamp",
            "no-update",
        ],
        assignments: true,
        ..PLAIN
    },
    Wrapper {
        names: &["doas"],
        flags: "Lnsd",
        valued: "aCu",
        ..PLAIN
    },
    Wrapper {
        names: &["xargs"],
        flags: "0oprtx",
        valued: "adEILnPs",
        long_valued: &[
            "arg-file",
            "delimiter",
            "max-lines",
            "max-args",
            "max-procs",
            "max-chars",
            "process-slot-var",
        ],
        long_flags: &[
            "null",
            "eof",
            "open-tty",
            "interactive",
            "no-run-if-empty",
            "verbose",
            "exit",
            "show-limits",
            "replace",
        ],
        ..PLAIN
    },
    Wrapper {
        names: &[
            "nohup",
            "unbuffer",
            "chronic",
            "catchsegv",
            "fakeroot",
            "builtin",
        ],
        ..PLAIN
    },
    Wrapper {
        names: &["setsid"],
        flags: "cfw",
        long_flags: &["ctty", "fork", "wait"],
        ..PLAIN
    },
    Wrapper {
        names: &["stdbuf"],
        valued: "ioe",
        long_valued: &["input", "output", "error"],
        ..PLAIN
    },
    Wrapper {
        names: &["time"],
        flags: "apqvV",
        valued: "fo",
        long_valued: &["format", "output"],
        long_flags: &["append", "portability", "quiet", "verbose"],
        ..PLAIN
    },
    Wrapper {
        names: &["busybox", "toybox"],
        ..PLAIN
    },
    Wrapper {
        names: &["command"],
        flags: "pvV",
        ..PLAIN
    },
    Wrapper {
        names: &["exec"],
        flags: "cl",
        valued: "a",
        ..PLAIN
    },
    Wrapper {
        names: &["chroot"],
        long_valued: &["groups", "userspec"],
        long_flags: &["skip-chdir"],
        operands: 1,
        ..PLAIN
    },
    Wrapper {
        names: &["taskset"],
        flags: "ac",
        long_flags: &["all-tasks", "cpu-list"],
        operands: 1,
        ..PLAIN
    },
    Wrapper {
        names: &["chrt"],
        flags: "abdfiorvR",
        valued: "TPD",
        long_valued: &["sched-runtime", "sched-period", "sched-deadline"],
        long_flags: &[
            "all-tasks",
            "batch",
            "deadline",
            "fifo",
            "idle",
            "other",
            "rr",
            "verbose",
            "reset-on-fork",
        ],
        operands: 1,
        ..PLAIN
    },
    Wrapper {
        names: &["prlimit"],
        long_flags: &["verbose", "noheadings", "raw"],
        ..PLAIN
    },
    Wrapper {
        names: &["unshare"],
        flags: "imnpuUCTfrc",
        valued: "RwSG",
        long_valued: &[
            "root",
            "wd",
            "setuid",
            "setgid",
            "map-user",
            "map-group",
            "propagation",
            "setgroups",
            "monotonic",
            "boottime",
            "map-users",
            "map-groups",
        ],
        long_flags: &[
            "ipc",
            "mount",
            "net",
            "pid",
            "uts",
            "user",
            "cgroup",
            "time",
            "fork",
            "map-root-user",
            "map-current-user",
            "map-auto",
            "keep-caps",
            "mount-proc",
            "kill-child",
        ],
        ..PLAIN
    },
    Wrapper {
        names: &["strace", "ltrace"],
        flags: "cCdfFhiknqrtTvVwxyzZDY",
        valued: "abeEIoOpPsSuUX",
        ..PLAIN
    },
    Wrapper {
        names: &["tini", "dumb-init", "catatonit"],
        flags: "gsvwhc",
        valued: "per",
        ..PLAIN
    },
    Wrapper {
        names: &["rlwrap"],
        flags: "acimnorvwA",
        valued: "bCDefgHlopqsSt",
        ..PLAIN
    },
];

/// Shells whose `-c` takes a line.
pub(super) const SHELLS: &[&str] = &[
    "sh", "bash", "rbash", "dash", "ash", "zsh", "ksh", "ksh93", "mksh", "lksh", "oksh", "yash",
    "fish", "csh", "tcsh", "posh", "osh",
];

/// Programs that hand a line to a shell, or run a command, by options that are not listed here.
pub(super) const RUN_A_LINE: &[&str] = &[
    "su",
    "runuser",
    "script",
    "flock",
    "watch",
    "parallel",
    "eval",
    "hyperfine",
    "entr",
];

/// Programs that run a command found among their arguments, by options that are not listed here.
pub(super) const RUN_A_PROGRAM: &[&str] = &[
    "systemd-run",
    "nsenter",
    "setpriv",
    "proot",
    "bwrap",
    "firejail",
    "start-stop-daemon",
    "setarch",
    "linux32",
    "linux64",
    "ssh-agent",
    "dbus-run-session",
    "xvfb-run",
    "choom",
    "capsh",
    "runcon",
    "numactl",
    "cgexec",
    "gdbserver",
    "valgrind",
    "perf",
    "cpulimit",
    "softlimit",
    "setuidgid",
    "gosu",
    "su-exec",
    "pkexec",
];
