"""Reads a log of annals by log/LOG-FORMAT.md alone, and prints what it found as JSON."""
import hashlib, json, struct, sys
from pathlib import Path

CRC = [0] * 256
for byte in range(256):
    crc = byte
    for _ in range(8):
        crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    CRC[byte] = crc

def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ CRC[(crc ^ byte) & 255]
    return crc ^ 0xFFFFFFFF

def sha256(data):
    return hashlib.sha256(data).digest()

def is_block(block, magic):
    return block[:4] == magic and struct.unpack_from(">I", block, 4)[0] == crc32c(block[8:])

def push(edge, size, leaf):
    while size & 1:
        leaf, size = sha256(b"\1" + edge.pop() + leaf), size >> 1
    edge.append(leaf)

def root_of(edge):
    root = edge[-1]
    for left in reversed(edge[:-1]):
        root = sha256(b"\1" + left + root)
    return root

def read(folder):
    marks = Path(folder, "watermark").read_bytes()
    slots = [slot for slot in (marks[:4096], marks[4096:]) if is_block(slot, b"AWMK")]
    size, _, root = max((struct.unpack_from(">16xQQ32s", slot, 12) for slot in slots), key=lambda slot: slot[1])
    edge, entries, payloads = [], [], {}
    for path in sorted(Path(folder, "segments").glob("*.seg")):
        data, at = path.read_bytes(), 4096
        assert is_block(data[:4096], b"ASEG") and struct.unpack_from(">Q", data, 32)[0] == len(entries), path
        while len(entries) < size and is_block(data[at:at + 80], b"AFRM"):
            count, entry_bytes, records, record_bytes, blob_bytes, note_bytes, crc = struct.unpack_from(">7I", data, at + 48)
            at += 80
            end = at + entry_bytes + record_bytes + blob_bytes + note_bytes
            assert crc32c(data[at:end]) == crc, f"{path} at {at}"
            for _ in range(count):
                length = struct.unpack_from(">H", data, at)[0]
                entry, at = data[at + 2:at + 2 + length], at + 2 + length
                push(edge, len(entries), sha256(b"\0" + entry))
                entries.append(entry)
            blob = at + record_bytes
            for _ in range(records):
                codec, digest, length = struct.unpack_from(">B32sI", data, at)
                stored = [length, *struct.unpack_from(">I", data, at + 37), *struct.unpack_from(">I", data, at + 37), 0][codec]
                at += 37 + [0, 4, 48, 8][codec]
                if codec == 0:
                    assert sha256(data[blob:blob + length]) == digest, f"{path} at {blob}"
                payloads[digest.hex()], blob = length, blob + stored
            note, at = data[end - note_bytes:end].decode(), end
            assert note.split("\n")[1] == str(len(entries)), note
    assert root_of(edge) == root and len(entries) == size
    return {"size": size, "root": root.hex(), "entries": [sha256(entry).hex() for entry in entries], "payloads": payloads}

print(json.dumps(read(sys.argv[1])))
