//! Says when the program must be built again: when the console that it carries was.
//!
//! Only a release carries it; a debug build reads the files when they are asked for, and needs no npm. The folder is
//! made here, since its place is resolved while the program is built: one that comes later would not be found.

fn main() -> std::io::Result<()> {
    let release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let watched = if release { "../ui/dist/console" } else { "build.rs" };
    println!("cargo:rerun-if-changed={watched}");
    std::fs::create_dir_all("../ui/dist/console")?;
    Ok(())
}
