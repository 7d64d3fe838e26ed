"""A validator at work: commits step after step, waits for no lock, and says which steps it has committed.

Of each transaction more is written than is kept in memory, so that pages of it lie in the file before it is committed."""
import os
import sqlite3
import sys
import time

path, mode = sys.argv[1:3]
for_s, between_s, within_s = (int(ms) / 1000 for ms in sys.argv[3:])
db = sqlite3.connect(path, timeout=0, isolation_level=None)
db.execute(f"PRAGMA journal_mode = {mode}")
db.execute("PRAGMA synchronous = OFF")
db.execute("PRAGMA cache_size = 4")
db.execute("PRAGMA wal_autocheckpoint = 20")
db.execute("INSERT INTO tb (hotkey, details) VALUES ('pad', '')")
until = time.monotonic() + for_s
step = 0
while time.monotonic() < until:
    step += 1
    hotkey = f"5H{step % 3}"
    db.execute("BEGIN")
    db.execute(
        "INSERT INTO stats (uid, hotkey, score) VALUES (0, 'x', ?) ON CONFLICT(uid) DO UPDATE SET score = excluded.score",
        (step,),
    )
    db.execute("UPDATE tb SET details = ?", (os.urandom(12000).hex(),))
    time.sleep(within_s)
    db.execute(
        "INSERT INTO pog_stats (hotkey, gpu_name, num_gpus, created_at) VALUES (?, 'NVIDIA L40', ?, ?)",
        (hotkey, step, f"{step:09}"),
    )
    db.execute(
        "DELETE FROM pog_stats WHERE id NOT IN (SELECT id FROM pog_stats WHERE hotkey = ? ORDER BY created_at DESC LIMIT 4)"
        " AND hotkey = ?",
        (hotkey, hotkey),
    )
    db.execute("COMMIT")
    print(step, flush=True)
    time.sleep(between_s)
