//! The `skep` program.

fn main() -> std::process::ExitCode {
    skep::shell::main()
}
