//! Pseudo-terminals and child processes: spawn, size, modes, signals, exit
