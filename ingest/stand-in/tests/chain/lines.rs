//! Lines to a node that fail: connections that close, hang, or bring what is none of the protocol's.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};

/// What becomes of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Line {
    Sound,
    /// Behind so many bytes of the node's.
    Closes(usize),
    /// Stays open, and brings no more than so many bytes of the node's.
    Hangs(usize),
    /// Behind the handshake a message comes that is no JSON.
    Garbles,
}

/// A text frame of a WebSocket, from a server.
const GARBAGE: &[u8] = b"\x81\x0bnot { json!";

/// The URL of a node whose connections become `lines`, one after the other, and all further ones what the last is.
pub(crate) fn to(node: SocketAddr, lines: Vec<Line>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    // It ends with the tests.
    std::thread::spawn(move || {
        let mut lines = lines.into_iter();
        let mut line = Line::Sound;
        for client in listener.incoming() {
            line = lines.next().unwrap_or(line);
            std::thread::spawn(move || pass_on(line, &client.unwrap(), &TcpStream::connect(node).unwrap()));
        }
    });
    url
}

fn pass_on(line: Line, client: &TcpStream, node: &TcpStream) {
    let (mut asked, mut asking) = (client.try_clone().unwrap(), node.try_clone().unwrap());
    let questions = std::thread::spawn(move || {
        // Errors are what this is for.
        let _ = std::io::copy(&mut asked, &mut asking);
        let _ = asking.shutdown(Shutdown::Both);
    });
    let _ = answers(line, client, node);
    if !matches!(line, Line::Hangs(_)) {
        let _ = client.shutdown(Shutdown::Both);
    }
    let _ = questions.join();
}

fn answers(line: Line, mut client: &TcpStream, mut node: &TcpStream) -> std::io::Result<()> {
    let mut left = match line {
        Line::Closes(bytes) | Line::Hangs(bytes) => bytes,
        Line::Sound | Line::Garbles => usize::MAX,
    };
    let mut chunk = [0; 4096];
    loop {
        let read = node.read(&mut chunk)?;
        if read == 0 {
            return Ok(());
        }
        let passed = read.min(left);
        client.write_all(&chunk[..passed])?;
        left -= passed;
        match line {
            Line::Garbles if chunk[..read].ends_with(b"\r\n\r\n") => client.write_all(GARBAGE)?,
            Line::Closes(_) if left == 0 => return Ok(()),
            _ => {}
        }
    }
}
