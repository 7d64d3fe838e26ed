"""A PostgreSQL of one's own: in a temporary folder, on a unix socket, gone at the end."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

import psycopg

from answers import Crash, Refusal, Rows, settled
from duck import column_type

USER = "postgres"
# What is lost in a crash does not matter, nobody connects from outside, and texts sort by their bytes, as elsewhere.
SETTINGS = [
    "fsync=off", "full_page_writes=off", "synchronous_commit=off", "listen_addresses=", "timezone=UTC",
    "statement_timeout=60s", "max_connections=10", "jit=off",
]


class Server:
    def __init__(self, programs, folder):
        """Starts it. PostgreSQL refuses to run as root, so there it is Debian's user of that name that does."""
        self.folder = Path(folder)
        self.folder.mkdir()
        self.as_user = []
        if os.geteuid() == 0:
            user = pwd.getpwnam(USER)
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            # The folder above was made for its owner alone.
            self.folder.parent.chmod(0o711)
            self.as_user = ["runuser", "-u", USER, "--"]
        cluster = str(self.folder / "cluster")
        initdb = [f"{programs}/initdb", "-D", cluster, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
        self.run([*initdb, "--no-instructions"])
        self.stop_command = [f"{programs}/pg_ctl", "-D", cluster, "-m", "immediate", "-w", "stop"]
        options = " ".join(f"-c {setting}" for setting in [*SETTINGS, f"unix_socket_directories={self.folder}"])
        log = str(self.folder / "log")
        self.run([f"{programs}/pg_ctl", "-D", cluster, "-l", log, "-o", options, "-w", "-t", "60", "start"])

    def run(self, command):
        # A pipe would be inherited by the server, and never end.
        with (self.folder / "said").open("w+") as said:
            ended = subprocess.run(
                [*self.as_user, *command], cwd=self.folder, stdout=said, stderr=said, stdin=subprocess.DEVNULL
            )
            said.seek(0)
            assert ended.returncode == 0, f"{command[0]}: {said.read()}"

    def stop(self):
        self.run(self.stop_command)
        shutil.rmtree(self.folder)

    def connect(self):
        return Postgres(psycopg.connect(host=str(self.folder), user=USER, dbname="postgres", autocommit=True))


class Postgres:
    name = "postgres"

    def __init__(self, connection):
        self.connection = connection

    def load(self, log, columns, duck):
        """Copies a log's tables from DuckDB."""
        with self.connection.transaction(), self.connection.cursor() as cursor:
            cursor.execute(f'create schema "{log}"')
            for table, described in columns.items():
                cells = ", ".join(f'"{name}" {column_type(kind)}' for name, kind in described)
                cursor.execute(f'create table "{log}"."{table}" ({cells})')
                with cursor.copy(f'copy "{log}"."{table}" from stdin') as copy:
                    for row in duck.rows(log, table):
                        copy.write_row(row)
        self.connection.execute("analyze")

    def ask(self, log, sql):
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(f'set search_path to "{log}"')
                cursor.execute(sql)
                return Rows([tuple(map(settled, row)) for row in cursor.fetchall()])
        except psycopg.OperationalError as error:
            return Crash(str(error))
        except psycopg.Error as error:
            return Refusal(str(error))
