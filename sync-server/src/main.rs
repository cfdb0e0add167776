//! The program `fieldcard-server`: reads the command line, sets logging up, runs one command.
//!
//! What went wrong is one sentence on standard error and exit code 1; what is wrong with the command line is
//! clap's to say, with exit code 2.

use std::io::{Write, stderr, stdin, stdout};
use std::process::ExitCode;

use clap::Parser;
use fieldcard_server::cli::{self, Terminal};
use fieldcard_server::config::CommandLine;

fn main() -> ExitCode {
    let command_line = CommandLine::parse();
    tracing_subscriber::fmt()
        .with_max_level(command_line.log)
        .with_writer(stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&stderr()))
        .with_target(false)
        .init();
    let (mut output, mut input) = (stdout(), stdin().lock());
    let mut terminal = Terminal { output: &mut output, input: &mut input };
    match cli::run(&command_line, &mut terminal) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody left to tell when standard error is gone too.
            let _ = writeln!(stderr(), "fieldcard-server: {error}");
            ExitCode::FAILURE
        }
    }
}
