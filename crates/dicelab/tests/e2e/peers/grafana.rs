//! Clients of Grafana's API beside a lab: its MCP server, by which coding agents ask, and its client for Go. What they answer is
//! judged by content.

mod data;
mod goclient;
mod mcp;
mod tools;
