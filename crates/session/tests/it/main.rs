//! Sessions and their transcripts, from the outside.
#![forbid(unsafe_code)]

mod transcripts;
