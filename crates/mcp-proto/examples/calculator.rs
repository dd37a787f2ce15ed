//! A whole server on standard input and output, with two tools whose arguments have types.

use std::io::{BufRead, Write, stdin, stdout};

use mcp_proto::{Implementation, Server, Service, ToolDefinition, arguments};

arguments! {
    struct Sum {
        /// What to add up.
        of: Vec<f64> {"minItems": 1},
    }

    struct Root {
        /// What to take the root of.
        of: f64 {"minimum": 0},
        /// Which root, the square root unless it is said.
        degree: Option<u8> {"minimum": 2},
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let add = ToolDefinition::new("add", "Adds numbers up.");
    let root = ToolDefinition::new("root", "Takes a root.");
    let service = Service::builder(Server::new(Implementation::new("calculator", "1.0.0")))
        .function(add, |sum: Sum, _| sum.of.iter().sum::<f64>().to_string())
        .function(root, |root: Root, _| {
            let degree = f64::from(root.degree.unwrap_or(2));
            root.of.powf(degree.recip()).to_string()
        })
        .build()?;
    let mut connection = service.connection();
    for line in stdin().lock().split(b'\n') {
        for answer in service.handle(&mut connection, &line?) {
            stdout().write_all(&answer.into_line())?;
        }
        stdout().flush()?;
    }
    Ok(())
}
