//! The Model Context Protocol without IO: framing, dispatch, schemas, every revision since 2024-11-05
