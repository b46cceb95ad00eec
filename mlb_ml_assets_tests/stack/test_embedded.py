"""The embedded PostgreSQL: found running, started once, healed, kept apart.

Belongs here: promises of one server's life, with real processes.
Not here: what is in the database.
"""

import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.stack.embedded import EmbeddedServer, EmbeddedServerError, tuned_settings
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets_tests.stack.own_servers import SMALL, one_shot, settings_of


def test_a_one_shot_command_leaves_the_server_running(server):
    """The last short command to end used to stop it under the long-lived ones."""
    command = one_shot(server)
    assert command.wait(timeout=60) == 0, command.communicate()[1]
    assert server.process() is not None
    assert server.start() is False


def test_processes_that_start_at_once_share_one_server(server):
    """Two initdb in one folder, or one failing because the other was faster."""
    commands = [one_shot(server) for _ in range(4)]
    outputs = [command.communicate(timeout=120) for command in commands]
    assert [command.returncode for command in commands] == [0] * 4, outputs
    assert len({out for out, _ in outputs}) == 1
    postmasters = [
        each.pid
        for each in psutil.process_iter()
        if server._may_be_ours(each) and each.parent() and not server._may_be_ours(each.parent())
    ]
    assert postmasters == [server.process().pid]


def test_a_killed_process_leaves_no_lock(server):
    """A lock file with a pid in it would have to be removed by hand."""
    holder = one_shot(
        server,
        "import time, sys\n"
        "from pathlib import Path\n"
        "from mlb_ml_assets.stack.embedded import EmbeddedServer\n"
        f"with EmbeddedServer(Path({str(server.home)!r}))._alone():\n"
        "    print('held', flush=True); time.sleep(600)",
    )
    assert holder.stdout.readline() == "held\n"
    holder.kill()
    holder.wait()
    assert server.start(SMALL) is True


def test_a_killed_server_is_started_again_with_what_was_committed(server):
    """SIGKILL leaves postmaster.pid and orphaned sessions; a second server beside those would harm the data."""
    server.start(SMALL)
    settings = ensure_database(settings_of(server), migrated=False)
    with connect(settings.dsn) as connection:
        connection.execute("CREATE TABLE staging.kept AS SELECT 1 AS one")
    idle = connect(settings.dsn)
    server.process().send_signal(signal.SIGKILL)
    idle.close()
    assert server.start(SMALL) is True
    with connect(settings.dsn) as connection:
        assert connection.execute("SELECT one FROM staging.kept").fetchone() == (1,)


def test_orphaned_sessions_of_a_killed_server_are_waited_for(server):
    """They still write to the data: a second server beside them would destroy it."""
    server.start(SMALL)
    settings = ensure_database(settings_of(server), migrated=False)
    busy = connect(settings.dsn)
    backend = psutil.Process(busy.info.backend_pid)
    backend.suspend()  # cannot notice that its server died
    server.process().kill()
    starting = one_shot(server)
    time.sleep(2)
    assert starting.poll() is None
    backend.resume()
    assert starting.wait(timeout=60) == 0, starting.communicate()
    assert not psutil.pid_exists(backend.pid) or backend.status() == psutil.STATUS_ZOMBIE
    busy.close()


def test_the_pid_of_a_stranger_in_the_pid_file_stops_nobody(server):
    """In a restarted container the number belongs to another program, and postgres refuses to start."""
    server.start(SMALL)
    server.stop()
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        (server.data / "postmaster.pid").write_text(
            f"{stranger.pid}\n{server.data}\n1700000000\n5432\n\n\n  1  1\nready\n"
        )
        assert server.process() is None
        assert server.start(SMALL) is True
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_killed_initdb_leaves_nothing_that_looks_like_a_database(server):
    """Half a data folder has a PG_VERSION and cannot be started."""
    unfinished = server.data.with_name("postgres.unfinished")
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    assert server.start(SMALL) is True
    assert not unfinished.exists()


@pytest.mark.parametrize(
    "name", ["it's $HOME; `x`", 'say "a"', "a,b", "x" * 120], ids=["shell", "quotes", "comma", "long"]
)
def test_any_folder_name_works(folder, name):
    """pg_ctl hands its arguments to a shell, libpq splits hosts at commas, a socket path holds 103 bytes."""
    server = EmbeddedServer(folder / name / "home")
    try:
        server.start(SMALL)
        settings = ensure_database(settings_of(server), migrated=False)
        with connect(settings.dsn) as connection:
            assert connection.execute("SELECT current_database()").fetchone() == ("mlb_betting",)
        assert Path(settings.server_host).stat().st_mode & 0o077 == 0
        socket = Path(settings.server_host)
    finally:
        server.stop()
    assert socket == server.data or not socket.exists()


@pytest.fixture
def operators_folder(folder):
    """A folder of the operator's with a file, which the server's user may enter."""
    path = folder / "some folder"
    path.mkdir()
    path.chmod(0o777)
    (path / "thesis.txt").write_text("years of work")
    return path


def test_stopping_deletes_no_folder_of_the_configuration(server, operators_folder):
    """`unix_socket_directories` may name any folder; `down` removed it with all that was in it."""
    server.start(SMALL)
    server.stop()
    with (server.data / "postgresql.conf").open("a") as file:
        file.write(f"unix_socket_directories = '\"{operators_folder}\"'\n")
    server.start(SMALL)
    connect(settings_of(server).dsn_of("postgres")).close()
    server.stop()
    assert (operators_folder / "thesis.txt").read_text() == "years of work"


def test_stopping_deletes_no_folder_that_the_pid_file_names(server, operators_folder):
    """The server's user writes that file: with it, it deleted a folder of root's."""
    server.start(SMALL)
    pid_file = server.data / "postmaster.pid"
    lines = pid_file.read_text().split("\n")
    lines[4] = str(operators_folder)
    pid_file.write_text("\n".join(lines))
    with suppress(EmbeddedServerError):
        server.stop()
    assert (operators_folder / "thesis.txt").exists()
    lines[0] = "1"
    pid_file.write_text("\n".join(lines))
    (operators_folder / ".s.PGSQL.5432").write_text("not ours")
    server.start(SMALL)
    assert (operators_folder / ".s.PGSQL.5432").read_text() == "not ours"


def test_a_second_project_has_a_server_of_its_own(folder):
    """The wheel's lock and handle are one per machine: another project would share or stop ours."""
    one, two = EmbeddedServer(folder / "one"), EmbeddedServer(folder / "two")
    try:
        one.start(SMALL)
        two.start(SMALL)
        assert one.process().pid != two.process().pid
        two.stop()
        connect(ensure_database(settings_of(one), migrated=False).dsn).close()
    finally:
        one.stop()
        two.stop()


def test_data_of_another_major_version_is_refused(server):
    """The server's own message names no way out."""
    server.start(SMALL)
    server.stop()
    (server.data / "PG_VERSION").write_text("16\n")
    with pytest.raises(EmbeddedServerError, match=r"PostgreSQL 16.*embedded server is 18.*MLB_ML_HOME"):
        server.start()


def test_a_start_that_fails_shows_why(server):
    """'pg_ctl exited with 1' sends people to a log that they do not know of."""
    with pytest.raises(EmbeddedServerError, match="unrecognized configuration parameter"):
        server.start({"no_such_setting": "1"})


def test_every_write_is_durable_and_nothing_listens_on_the_network(server):
    """Speed bought with lost bets after a power cut; a trust-everyone server on a TCP port."""
    tuned = tuned_settings(server.home.parent)
    assert (tuned["fsync"], tuned["synchronous_commit"], tuned["full_page_writes"]) == ("on", "on", "on")
    server.start()
    with connect(settings_of(server).dsn_of("postgres")) as connection:
        shown = {
            name: connection.execute("SELECT current_setting(%s)", (name,)).fetchone()[0]
            for name in ("fsync", "synchronous_commit", "full_page_writes", "listen_addresses")
        }
    assert shown == {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "listen_addresses": ""}
    assert not server.process().net_connections("inet")


def test_a_setting_of_the_user_wins_over_ours(server):
    """postgresql.conf is the place that people know; ours would silently undo theirs."""
    server.start(SMALL)
    server.stop()
    with (server.data / "postgresql.conf").open("a") as file:
        file.write("\nwork_mem = '7MB'\n")
    server.start(SMALL)
    with connect(settings_of(server).dsn_of("postgres")) as connection:
        assert connection.execute("SHOW work_mem").fetchone() == ("7MB",)


def test_stopping_ends_sessions_instead_of_waiting_for_them(server):
    """A forgotten prompt would keep `down` waiting."""
    server.start(SMALL)
    session = connect(settings_of(server).dsn_of("postgres"))
    began = time.monotonic()
    assert server.stop() is True
    assert server.stop() is False
    assert time.monotonic() - began < 30
    session.close()
