//! Live interactive sessions: a terminal program with its output, readers, waits and end
