//! The kernels' own source on the processor, behind the seam at which a GPU would be.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::LazyLock;

use annals_gpu::device::{Argument, BLOCK_THREADS, Buffer, Device, DeviceError, Launch, Memory};

use super::built::built;

/// The program that runs the kernels, built once for all tests.
static PROGRAM: LazyLock<Result<PathBuf, String>> = LazyLock::new(|| {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("annals-gpu-commands");
    built("commands.cpp", &program, &["-fsanitize=undefined", "-fno-sanitize-recover=all"])
});

/// A process that runs the kernels. It ends with its input.
#[derive(Debug)]
pub(super) struct Shim {
    process: Process,
    allocated: usize,
    pub(super) free_bytes: u64,
}

#[derive(Debug)]
struct Process {
    child: Child,
    commands: Option<ChildStdin>,
    answers: ChildStdout,
}

impl Shim {
    pub(super) fn start() -> Self {
        let program = PROGRAM.as_ref().unwrap_or_else(|why| panic!("{why}"));
        let mut child = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (commands, answers) = (child.stdin.take(), child.stdout.take().unwrap());
        Self { process: Process { child, commands, answers }, allocated: 0, free_bytes: u64::MAX }
    }

    fn tell(&mut self, command: &str) -> Result<(), DeviceError> {
        let mut commands = self.process.commands.as_ref().unwrap();
        commands.write_all(format!("{command}\n").as_bytes()).map_err(DeviceError::at("be told"))
    }
}

impl Device for Shim {
    fn free_bytes(&mut self) -> Result<u64, DeviceError> {
        Ok(self.free_bytes)
    }

    fn allocate(&mut self, bytes: u64) -> Result<Buffer, DeviceError> {
        self.tell(&format!("allocate {bytes}"))?;
        self.allocated += 1;
        Ok(Buffer(self.allocated - 1))
    }

    fn launch(&mut self, launch: &Launch) -> Result<(), DeviceError> {
        let [across, down] = launch.blocks;
        let mut command = format!("launch {} {across} {down} {BLOCK_THREADS}", launch.kernel.name());
        for argument in &launch.arguments {
            command += &match argument {
                Argument::Memory(Memory { buffer, at }) => format!(" pointer:{}+{at}", buffer.0),
                Argument::Nothing => " pointer:null".to_owned(),
                Argument::Number(number) => format!(" u32:{number}"),
                Argument::Long(number) => format!(" u64:{number}"),
                Argument::MatrixKey(words) => {
                    let bytes = words.map(u32::to_le_bytes);
                    format!(" MatrixKey:{}", hex::encode(bytes.as_flattened()))
                }
                Argument::Digest(bytes) => format!(" Digest:{}", hex::encode(bytes)),
            };
        }
        self.tell(&command)
    }

    fn read(&mut self, memory: Memory, bytes: &mut [u8]) -> Result<(), DeviceError> {
        self.tell(&format!("read {} {} {}", memory.buffer.0, memory.at, bytes.len()))?;
        self.process.answers.read_exact(bytes).map_err(DeviceError::at("answer"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.commands = None;
        _ = self.child.wait();
    }
}
