//! The `skep` program.

// What a large query has taken goes back to the system when it ends; the C library's allocator keeps most of it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    skep::shell::main()
}
