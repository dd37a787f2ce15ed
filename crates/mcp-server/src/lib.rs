//! An MCP server that lets agents start, watch and drive interactive programs
