//! An expect engine that never rescans, with blocking and async sessions on top
