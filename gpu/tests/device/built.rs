//! What the C++ compiler makes of the kernels' source and a room beside it.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles `source`, a file of this folder, with the kernels, and returns what comes out.
pub(super) fn built(source: &str, program: &Path, options: &[&str]) -> Result<PathBuf, String> {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let compiler = std::env::var_os("CXX").unwrap_or_else(|| "c++".into());
    std::fs::create_dir_all(program.parent().unwrap()).unwrap();
    // Another run of the tests may be using it: it is replaced as a whole.
    let new = program.with_extension(std::process::id().to_string());
    let compiled = Command::new(&compiler)
        .args(["-std=c++17", "-O2", "-ffp-contract=off", "-include"])
        .arg(crate_folder.join("tests/device/shim.h"))
        .arg(format!("-DKERNELS=\"{}\"", crate_folder.join("kernels/kernels.cu").display()))
        .args(options)
        .arg(crate_folder.join("tests/device").join(source))
        .arg("-o")
        .arg(&new)
        .output();
    match compiled {
        Ok(compiled) if compiled.status.success() => {
            std::fs::rename(&new, program).unwrap();
            Ok(program.to_owned())
        }
        Ok(compiled) => Err(String::from_utf8_lossy(&compiled.stderr).into_owned()),
        Err(error) => Err(format!(
            "no C++ compiler ({error}): `apt-get install g++` brings one, or the variable CXX names it"
        )),
    }
}
